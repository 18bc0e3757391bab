/** `kubectl top …`. Upstream: kubectl pkg/cmd/top/top.go. */
import type { Command, CommandTable } from '#kubectl/command.ts'

export const command: Command = {
  use: 'top [flags]',
  about: `Display resource (CPU/memory) usage.

 The numbers come from the Metrics API, which a metrics server in the cluster has to serve.`,
  flags: [],
}

export const commands: CommandTable = {
  node: {
    summary: 'Display resource (CPU/memory) usage of nodes',
    aliases: ['nodes', 'no'],
    load: async () => (await import('./node.ts')).command,
  },
  pod: {
    summary: 'Display resource (CPU/memory) usage of pods',
    aliases: ['pods', 'po'],
    load: async () => (await import('./pod.ts')).command,
  },
}

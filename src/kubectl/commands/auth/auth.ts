/** `kubectl auth`. Upstream: kubectl pkg/cmd/auth/auth.go. */
import type { Command, CommandTable } from '#kubectl/command.ts'

export const command: Command = {
  use: 'auth [flags]',
  about: 'Inspect authorization.',
  flags: [],
}

export const commands: CommandTable = {
  'can-i': {
    summary: 'Check whether an action is allowed',
    load: async () => (await import('./can-i.ts')).command,
  },
  reconcile: {
    summary: 'Reconcile rules of roles and role bindings',
    load: async () => (await import('./reconcile.ts')).command,
  },
  whoami: {
    summary: 'Experimental: check who the server takes you for',
    load: async () => (await import('./whoami.ts')).command,
  },
}

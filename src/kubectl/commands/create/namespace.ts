/** `kubectl create namespace`. Upstream: kubectl pkg/cmd/create/create_namespace.go. */
import type { Command } from '#kubectl/command.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create namespace NAME [--dry-run=server|client|none]',
  about: 'Create a namespace with the specified name.',
  examples: [['Create a namespace', 'kubectl create namespace my-namespace']],
  flags: generatorFlags,
  run: (call) =>
    createGenerated(call, {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: { name: nameOf(call) },
      spec: {},
      status: {},
    }),
}

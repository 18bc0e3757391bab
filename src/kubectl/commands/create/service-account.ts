/** `kubectl create serviceaccount`. Upstream: kubectl pkg/cmd/create/create_serviceaccount.go. */
import type { Command } from '#kubectl/command.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create serviceaccount NAME [--dry-run=server|client|none]',
  about: 'Create a service account with the specified name.',
  examples: [['Create a service account', 'kubectl create serviceaccount builder']],
  flags: generatorFlags,
  run: (call) =>
    createGenerated(call, {
      kind: 'ServiceAccount',
      apiVersion: 'v1',
      metadata: { name: nameOf(call) },
    }),
}

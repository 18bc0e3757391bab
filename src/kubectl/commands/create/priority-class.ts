/** `kubectl create priorityclass`. Upstream: kubectl pkg/cmd/create/create_priorityclass.go. */
import { bool, int, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  about: 'Create a priority class with the specified name, value, globalDefault and description.',
  examples: [
    [
      'Create a priority class',
      'kubectl create priorityclass high --value=1000 --description="first"',
    ],
  ],
  flags: [
    ...generatorFlags,
    string('description', 'What the class is for.'),
    bool('global-default', 'Whether it is the class of pods that name none.'),
    string('preemption-policy', 'Whether its pods push others out.', {
      default: 'PreemptLowerPriority',
    }),
    int('value', 'The priority.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const description = flags.string('description')
  await createGenerated(call, {
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    metadata: { name: nameOf(call) },
    value: flags.int('value'),
    ...(flags.bool('global-default') && { globalDefault: true }),
    ...(description !== '' && { description }),
    preemptionPolicy: flags.string('preemption-policy'),
  })
}

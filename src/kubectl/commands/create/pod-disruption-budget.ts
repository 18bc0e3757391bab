/** `kubectl create poddisruptionbudget`. Upstream: kubectl pkg/cmd/create/create_pdb.go. */
import { labelSelectorOf } from '#kubectl/generators/selector.ts'
import { string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  about:
    'Create a pod disruption budget with the specified name, selector, and desired minimum available pods.',
  examples: [
    ['Keep one pod', 'kubectl create poddisruptionbudget web --selector=app=web --min-available=1'],
    ['Keep half', 'kubectl create pdb web --selector=app=web --min-available=50%'],
  ],
  flags: [
    ...generatorFlags,
    string('max-unavailable', 'How many pods may be missing, a number or a percentage.'),
    string('min-available', 'How many pods must be there, a number or a percentage.'),
    string('selector', 'Label selector of the pods.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const name = nameOf(call)
  const selector = flags.string('selector')
  const min = flags.string('min-available')
  const max = flags.string('max-unavailable')
  if (selector === '') throw new CommandError('a selector must be specified')
  if (min === '' && max === '') {
    throw new CommandError('one of min-available or max-unavailable must be specified')
  }
  if (min !== '' && max !== '') {
    throw new CommandError('min-available and max-unavailable cannot be both specified')
  }
  await createGenerated(call, {
    kind: 'PodDisruptionBudget',
    apiVersion: 'policy/v1',
    metadata: { name },
    spec: {
      ...(min !== '' && { minAvailable: intOrString(min) }),
      selector: labelSelectorOf(selector),
      ...(max !== '' && { maxUnavailable: intOrString(max) }),
    },
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  })
}

function intOrString(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text
}

/** `kubectl create quota`. Upstream: kubectl pkg/cmd/create/create_quota.go. */
import { string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { resourceList } from '#kubectl/generators/resource-list.ts'
import { createGenerated, generatorFlags, nameOf } from './generate.ts'

export const command: Command = {
  use: 'create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  about: 'Create a resource quota with the specified name, hard limits, and optional scopes.',
  examples: [
    ['Create a quota', 'kubectl create quota small --hard=cpu=1,memory=1G,pods=2'],
    [
      'Only for pods without limits',
      'kubectl create quota best --hard=pods=100 --scopes=BestEffort',
    ],
  ],
  flags: [
    ...generatorFlags,
    string('hard', 'Limits, RESOURCE=QUANTITY,…'),
    string('scopes', 'Which pods it counts, separated by commas.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const hard = resourceList(flags.string('hard'))
  const scopes = flags.string('scopes')
  await createGenerated(call, {
    kind: 'ResourceQuota',
    apiVersion: 'v1',
    metadata: { name: nameOf(call) },
    spec: {
      ...(hard !== undefined && { hard }),
      ...(scopes !== '' && { scopes: scopes.split(',') }),
    },
    status: {},
  })
}

/** `kubectl apply view-last-applied`. Upstream: kubectl pkg/cmd/apply/apply_view_last_applied.go. */
import { bool, string } from '#kubectl/command-line/flag.ts'
import { filenameFlags, selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { UsageError } from '#kubectl/errors.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { readLastApplied } from '#kubectl/objects/last-applied.ts'
import { select } from '#kubectl/objects/selection.ts'
import { goJsonIndented, yamlPrinter } from '#kubectl/printers/json-yaml.ts'

export const command: Command = {
  use: 'apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  about: 'View the latest last-applied-configuration annotations by type/name or file.',
  examples: [['View one', 'kubectl apply view-last-applied deployment/nginx']],
  flags: [
    ...filenameFlags('whose last applied configuration to show'),
    selectorFlag,
    bool('all', 'All objects of the types in the namespace.'),
    string('output', 'Output format. Must be one of (yaml, json).', {
      short: 'o',
      default: 'yaml',
    }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io } = call
  const output = flags.string('output')
  if (output !== 'yaml' && output !== 'json') {
    throw new UsageError(
      `Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`,
    )
  }
  const selection = await select(call, {
    args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    typeAloneMeansAll: flags.bool('all'),
  })
  for (const { object } of await fetchAll(call, selection, { latest: true })) {
    const text = readLastApplied(object)
    if (text === undefined) continue
    const config = JSON.parse(text) as KubeObject
    io.stdout(
      output === 'json' ? goJsonIndented(config, 'sorted', 2) : yamlPrinter(true).print(config),
    )
  }
}

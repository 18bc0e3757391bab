/** `kubectl apply set-last-applied`. Upstream: kubectl pkg/cmd/apply/apply_set_last_applied.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { bool, strings } from '#kubectl/command-line/flag.ts'
import { dryRunFlag, printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import { lastAppliedAnnotation, readLastApplied } from '#kubectl/objects/last-applied.ts'
import { select } from '#kubectl/objects/selection.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'apply set-last-applied -f FILENAME',
  about: `Set the latest last-applied-configuration annotations by setting it to match the contents of a file. The object
 itself stays as it is.`,
  examples: [['Set one', 'kubectl apply set-last-applied -f deploy.yaml']],
  flags: [
    ...printFlags,
    dryRunFlag,
    bool('create-annotation', 'Also of objects that have no such annotation.'),
    strings('filename', 'File, folder or URL with the configuration.', { short: 'f' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, io, factory } = call
  const dryRun = await dryRunOf(call)
  const printer = await resultPrinter(call, 'configured', dryRun)
  const selection = await select(call, { filenames: flags.strings('filename') })
  for await (const target of selection.targets) {
    if (target.type !== 'object') continue
    const { info } = target
    const current = await getObject(await factory.rest(), info)
    if (readLastApplied(current) === undefined && !flags.bool('create-annotation')) {
      throw new CommandError(
        `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
      )
    }
    const text = `${goJson(info.object)}\n`
    const patch = goJson({ metadata: { annotations: { [lastAppliedAnnotation]: text } } })
    const object =
      dryRun === 'client' || readLastApplied(current) === text
        ? current
        : await patchObject(call, info, { type: 'merge', patch }, { dryRun })
    io.stdout(printer.print(object))
  }
}

/** `kubectl rollout undo`. Upstream: kubectl pkg/cmd/rollout/rollout_undo.go. */
import { StatusError } from '#api/meta/status.ts'
import { int } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { typed } from '#kubectl/objects/typed.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'
import { pastOf, templateOf } from '#kubectl/rollout/revisions.ts'
import { revisionToReturnTo, rollbackPatch } from '#kubectl/rollout/rollback.ts'
import { selectRollouts } from '#kubectl/rollout/selection.ts'

export const command: Command = {
  use: 'rollout undo (TYPE NAME | TYPE/NAME) [flags]',
  about: 'Roll back to a previous rollout.',
  examples: [
    ['To the one before', 'kubectl rollout undo deployment/abc'],
    ['To a revision', 'kubectl rollout undo daemonset/abc --to-revision=3'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to roll back'),
    dryRunFlag,
    selectorFlag,
    int('to-revision', 'The revision to go back to; 0: the one before the last.'),
  ],
  run,
}

const wording = { retrieving: 'rollbacker', role: 'rollbacker' }

async function run(call: Call): Promise<void> {
  const dryRun = await dryRunOf(call)
  const selection = await selectRollouts(call)
  const { infos, errors } = await fetchInfos(call, selection, { latest: true })
  const failures = [...errors]
  for (const info of infos) {
    try {
      const outcome = await rollBack(call, info, dryRun)
      const printer = await resultPrinter(call, outcome, dryRun)
      call.io.stdout(printer.print(typed(info.object), 'given'))
    } catch (error) {
      failures.push(error)
    }
  }
  throwFailures(failures)
}

/** What is said of it. */
async function rollBack(call: Call, info: Info, dryRun: DryRun): Promise<string> {
  const wanted = call.flags.int('to-revision')
  const past = await pastOf(call, info, wording)
  const revision = revisionToReturnTo(past, wanted)
  if (dryRun === 'client') {
    const { templateText } = await import('#kubectl/rollout/template-text.ts')
    const text = templateText(templateOf(revision.object))
    return info.mapping.kind === 'Deployment' ? text : `will roll back to ${text}`
  }
  const change = rollbackPatch(past.workload, revision)
  if (change === undefined) {
    return `skipped rollback (current template already matches revision ${wanted})`
  }
  try {
    await patchObject(call, info, change, { dryRun })
    return 'rolled back'
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    throw new CommandError(`failed restoring revision ${wanted}: ${error.message}`)
  }
}

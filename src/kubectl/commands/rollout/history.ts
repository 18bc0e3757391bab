/** `kubectl rollout history`. Upstream: kubectl pkg/cmd/rollout/rollout_history.go. */
import { int } from '#kubectl/command-line/flag.ts'
import { filenameFlags, printFlags, selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import { selectRollouts } from '#kubectl/rollout/selection.ts'
import { namePrinter } from '#kubectl/printers/name.ts'
import { printerOf } from '#kubectl/printers/printer.ts'
import type { Printer } from '#kubectl/printers/printer.ts'
import { alignTabs, describeTabs } from '#kubectl/printers/tab-writer.ts'
import { pastOf } from '#kubectl/rollout/revisions.ts'
import type { Past, Revision } from '#kubectl/rollout/revisions.ts'

export const command: Command = {
  use: 'rollout history (TYPE NAME | TYPE/NAME) [flags]',
  about: 'View previous rollout revisions and configurations.',
  examples: [
    ['Of a deployment', 'kubectl rollout history deployment/abc'],
    ['One revision of a daemon set', 'kubectl rollout history daemonset/abc --revision=3'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('whose history to show'),
    selectorFlag,
    int('revision', 'Show this revision, with its pod template.'),
  ],
  run,
}

const wording = { retrieving: 'history', role: 'history viewer' }

async function run(call: Call): Promise<void> {
  const revision = call.flags.int('revision')
  const selection = await selectRollouts(call, () => {
    if (revision < 0) throw new CommandError(`revision must be a positive integer: ${revision}`)
  })
  const printer = await printerOf(call)
  const { infos, errors } = await fetchInfos(call, selection, { latest: true })
  const failures = [...errors]
  for (const info of infos) {
    try {
      const past = await pastOf(call, info, wording)
      if (printer === undefined) {
        const text = await historyText(past, revision)
        const which = revision > 0 ? `with revision #${revision}` : ''
        // Upstream names the object, and goes on with the history where it says what was done.
        call.io.stdout(namePrinter(`${which}\n${text}`).print(info.object))
      } else {
        printRevisions(call, printer, asked(past, revision))
      }
    } catch (error) {
      failures.push(error)
    }
  }
  throwFailures(failures)
}

/** All of them, or the one that is asked for. */
function asked({ revisions }: Past, wanted: number): readonly Revision[] {
  if (wanted === 0) return revisions
  const found = revisions.filter(({ number }) => number === wanted)
  if (found.length === 0) throw new CommandError('unable to find the specified revision')
  return found
}

function printRevisions({ io }: Call, printer: Printer, revisions: readonly Revision[]): void {
  for (const { object } of revisions) io.stdout(printer.print(object, 'given'))
}

async function historyText(past: Past, wanted: number): Promise<string> {
  const { revisions } = past
  if (revisions.length === 0) return 'No rollout history found.'
  const [only] = asked(past, wanted)
  if (wanted > 0 && only !== undefined) {
    const { templateText } = await import('#kubectl/rollout/template-text.ts')
    return templateText(only.template)
  }
  const rows = revisions.map(
    ({ number, changeCause }) => `${number}\t${changeCause === '' ? '<none>' : changeCause}\n`,
  )
  return alignTabs(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`, describeTabs)
}

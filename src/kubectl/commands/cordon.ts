/** `kubectl cordon` and `uncordon`. Upstream: kubectl pkg/cmd/drain/drain.go, pkg/drain/cordon.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { dryRunFlag, selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { AggregateFailure, CommandError, UsageError } from '#kubectl/errors.ts'
import { dryRunOf, dryRunSuffix } from '#kubectl/objects/dry-run.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { namePrinter } from '#kubectl/printers/name.ts'

export const cordon: Command = {
  use: 'cordon NODE',
  about: 'Mark node as unschedulable.',
  examples: [['Keep new pods away', 'kubectl cordon node-1']],
  flags: [dryRunFlag, selectorFlag],
  run: (call) => mark(call, true),
}

export const uncordon: Command = {
  use: 'uncordon NODE',
  about: 'Mark node as schedulable.',
  examples: [['Let new pods in', 'kubectl uncordon node-1']],
  flags: [dryRunFlag, selectorFlag],
  run: (call) => mark(call, false),
}

interface Node extends KubeObject {
  spec?: { unschedulable?: boolean }
}

async function mark(call: Call, unschedulable: boolean): Promise<void> {
  const { flags, args, io, path } = call
  const dryRun = await dryRunOf(call)
  const selector = flags.string('selector')
  if (args.length === 0 && selector === '') throw new UsageError(`USAGE: ${path} NODE [flags]`)
  if (args.length > 0 && selector !== '') {
    throw new UsageError('cannot specify both a node name and a --selector option')
  }
  const selection = await select(call, {
    args:
      selector === ''
        ? args.map((name) => (name.includes('/') ? name : `nodes/${name}`))
        : ['nodes'],
    selector,
  })
  const infos = await fetchAll(call, selection)
  const word = unschedulable ? 'cordoned' : 'uncordoned'
  const errors: unknown[] = []
  for (const info of infos) {
    const node = info.object as Node
    const already = (node.spec?.unschedulable ?? false) === unschedulable
    try {
      if (!already && dryRun !== 'client') {
        const patch = goJson({ spec: { unschedulable: unschedulable ? true : null } })
        await patchObject(call, info, { type: 'strategic', patch }, { dryRun })
      }
      const outcome = `${already ? 'already ' : ''}${word}${dryRunSuffix(dryRun)}`
      io.stdout(namePrinter(outcome).print(info.object))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      errors.push(
        new CommandError(`error: unable to ${path} node ${JSON.stringify(info.name)}: ${reason}`),
      )
    }
  }
  if (errors.length > 0) throw new AggregateFailure(errors)
}

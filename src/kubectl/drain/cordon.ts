/** Nodes as cordon, uncordon and drain take them. Upstream: kubectl pkg/cmd/drain/drain.go, pkg/drain/cordon.go. */
import { goJson, goQuote } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { AggregateFailure, CommandError, UsageError } from '#kubectl/errors.ts'
import { dryRunSuffix } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { namePrinter } from '#kubectl/printers/name.ts'

/** Throws UsageError when no node is named, or by two ways. */
export function requireNodes({ flags, args, path }: Call): void {
  const selector = flags.string('selector')
  if (args.length === 0 && selector === '') throw new UsageError(`USAGE: ${path} NODE [flags]`)
  if (args.length > 0 && selector !== '') {
    throw new UsageError('cannot specify both a node name and a --selector option')
  }
}

export async function nodesOf(call: Call): Promise<readonly Info[]> {
  const { flags, args } = call
  const selector = flags.string('selector')
  const names = args.map((name) => (name.includes('/') ? name : `nodes/${name}`))
  const selection = await select(call, {
    args: selector === '' ? names : ['nodes'],
    selector,
    ...(flags.has('chunk-size') && { chunkSize: flags.int('chunk-size') }),
  })
  return await fetchAll(call, selection)
}

interface Node extends KubeObject {
  spec?: { unschedulable?: boolean }
}

/** Says of each node what became of it. Goes on after a failure. */
export async function markNodes(
  call: Call,
  nodes: readonly Info[],
  { unschedulable, dryRun }: { readonly unschedulable: boolean; readonly dryRun: DryRun },
): Promise<void> {
  const verb = unschedulable ? 'cordon' : 'uncordon'
  const errors: unknown[] = []
  for (const info of nodes) {
    const node = info.object as Node
    const already = (node.spec?.unschedulable ?? false) === unschedulable
    try {
      if (!already && dryRun !== 'client') {
        const patch = goJson({ spec: { unschedulable: unschedulable ? true : null } })
        await patchObject(call, info, { type: 'strategic', patch }, { dryRun })
      }
      const outcome = `${already ? 'already ' : ''}${verb}ed${dryRunSuffix(dryRun)}`
      call.io.stdout(namePrinter(outcome).print(info.object))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      errors.push(
        new CommandError(`error: unable to ${verb} node ${goQuote(info.name)}: ${reason}`),
      )
    }
  }
  if (errors.length > 0) throw new AggregateFailure(errors)
}

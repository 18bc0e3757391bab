/** `kubectl drain`. Upstream: kubectl pkg/cmd/drain/drain.go. */
import { LabelSelectorError, parseLabelSelector } from '#api/meta/labels.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'
import { bool, duration, int, string } from '#kubectl/command-line/flag.ts'
import { chunkSizeFlag, dryRunFlag, selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { markNodes, nodesOf, requireNodes } from '#kubectl/drain/cordon.ts'
import { controllerOf, isOfDaemonSet, problemsOf, verdictOf } from '#kubectl/drain/filters.ts'
import { warningOf } from '#kubectl/drain/filters.ts'
import type { DaemonSetProblem, DrainedPod, Verdict } from '#kubectl/drain/filters.ts'
import { removePods } from '#kubectl/drain/remove.ts'
import { AggregateFailure, CommandError, throwFailures } from '#kubectl/errors.ts'
import { dryRunOf, dryRunSuffix } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { getObject, listObjects } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'
import { namePrinter } from '#kubectl/printers/name.ts'

export const command: Command = {
  use: 'drain NODE',
  about: `Drain node in preparation for maintenance.

 The node is marked as unschedulable, so that no new pods come to it. Then its pods are evicted, which respects
 disruption budgets, or deleted where the server knows no eviction. Mirror pods and those of daemon sets stay: with
 --ignore-daemonsets, without which a node that has some is not drained. Pods without a controller are only removed
 with --force, those with data in an emptyDir with --delete-emptydir-data.

 It is waited until all are gone. Then the machine can be worked at, and kubectl uncordon puts it back.`,
  examples: [
    ['Even pods that nothing manages', 'kubectl drain node-1 --force'],
    ['With fifteen minutes for each pod', 'kubectl drain node-1 --grace-period=900'],
  ],
  flags: [
    chunkSizeFlag,
    dryRunFlag,
    selectorFlag,
    bool('delete-emptydir-data', 'Also remove pods whose data in an emptyDir is lost then.'),
    bool('disable-eviction', 'Delete pods, whatever disruption budgets say.'),
    bool('force', 'Also remove pods that nothing manages.'),
    int('grace-period', 'Seconds for each pod to end; negative: what the pod says.', {
      default: -1,
    }),
    bool('ignore-daemonsets', 'Let pods of daemon sets be.'),
    string('pod-selector', 'Only remove pods with these labels.'),
    int('skip-wait-for-delete-timeout', 'Do not wait for pods deleted this many seconds ago.'),
    duration('timeout', 'How long to wait; 0: as long as it takes.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  requireNodes(call)
  const dryRun = await dryRunOf(call)
  validate(call)
  const nodes = await nodesOf(call)
  await markNodes(call, nodes, { unschedulable: true, dryRun })
  const printer = namePrinter(`drained${dryRunSuffix(dryRun)}`)
  const failures: unknown[] = []
  const pending: string[] = []
  for (const node of nodes) {
    try {
      await drain(call, node, dryRun)
      call.io.stdout(printer.print(node.object))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      call.io.stderr(
        `error: unable to drain node ${goQuote(node.name)} due to error: ${goList(error)}, continuing command...\n`,
      )
      failures.push(error)
      pending.push(node.name)
    }
  }
  if (pending.length > 0) {
    call.io.stderr(
      `There are pending nodes to be drained:\n${pending.map((name) => ` ${name}\n`).join('')}`,
    )
  }
  throwFailures(failures)
}

function validate({ flags }: Call): void {
  try {
    parseLabelSelector(flags.string('pod-selector'))
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error
    throw new CommandError('--pod-selector=<pod_selector> must be a valid label selector')
  }
}

/** Several errors as Go prints them. */
function goList(error: Error): string {
  if (!(error instanceof AggregateFailure)) return error.message
  const texts = [
    ...new Set(error.errors.map((one) => (one instanceof Error ? one.message : String(one)))),
  ]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}

async function drain(call: Call, node: Info, dryRun: DryRun): Promise<void> {
  const { io } = call
  const judged = await judge(call, node.name)
  refuse(judged)
  const warning = warningOf(judged)
  if (warning !== '') io.stderr(`Warning: ${warning}\n`)
  const pods = leaving(judged)
  if (dryRun === 'client') {
    for (const { metadata } of pods) {
      io.stdout(`evicting pod ${metadata?.namespace ?? ''}/${metadata?.name ?? ''} (dry run)\n`)
    }
    return
  }
  try {
    await removePods(call, { pods, node: node.name, dryRun })
  } catch (error) {
    if (error instanceof Error) await tellPending(call, node.name, error)
    throw error
  }
}

async function tellPending(call: Call, node: string, failure: Error): Promise<void> {
  const { io } = call
  const judged = await judge(call, node)
  const pods = leaving(judged)
  if (pods.length > 0) {
    const lines = pods.map(({ metadata }) => `pod/${metadata?.name ?? ''}\n`).join('')
    io.stderr(
      `There are pending pods in node ${goQuote(node)} when an error occurred: ${goList(failure)}\n${lines}`,
    )
  }
  const problems = problemsOf(judged)
  if (problems.length === 0) return
  const text = goList(new AggregateFailure(problems.map((problem) => new CommandError(problem))))
  io.stderr(`Following errors occurred while getting the list of pods to delete:\n${text}`)
}

interface Judged {
  readonly pod: DrainedPod
  readonly verdict: Verdict
}

async function judge(call: Call, node: string): Promise<readonly Judged[]> {
  const { flags, factory, io } = call
  const { items } = await listObjects(await factory.rest(), {
    type: 'list',
    mapping: localMapping('v1', 'Pod'),
    namespace: '',
    selector: flags.string('pod-selector'),
    fieldSelector: `spec.nodeName=${node}`,
    chunkSize: flags.int('chunk-size'),
  })
  const pods = items.map((item): DrainedPod => ({ apiVersion: 'v1', kind: 'Pod', ...item }))
  const problems = new Map<DrainedPod, DaemonSetProblem | undefined>()
  for (const pod of pods.filter(isOfDaemonSet)) problems.set(pod, await daemonSetProblem(call, pod))
  const options = {
    force: flags.bool('force'),
    ignoresDaemonSets: flags.bool('ignore-daemonsets'),
    deletesEmptyDirs: flags.bool('delete-emptydir-data'),
    skipSeconds: flags.int('skip-wait-for-delete-timeout'),
    nowMs: io.clock.nowMs(),
    daemonSetProblem: (pod: DrainedPod) => problems.get(pod),
  }
  return pods.map((pod) => ({ pod, verdict: verdictOf(pod, options) }))
}

async function daemonSetProblem(
  { factory }: Call,
  pod: DrainedPod,
): Promise<DaemonSetProblem | undefined> {
  const mapping = localMapping('apps/v1', 'DaemonSet')
  const name = controllerOf(pod)?.name ?? ''
  const namespace = pod.metadata?.namespace ?? ''
  try {
    await getObject(await factory.rest(), { mapping, namespace, name })
    return undefined
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return { isMissing: isStatus(error, 'NotFound'), message: error.message }
  }
}

function refuse(judged: readonly Judged[]): void {
  const problems = problemsOf(judged)
  if (problems.length === 0) return
  throw new AggregateFailure(problems.map((problem) => new CommandError(problem)))
}

function leaving(judged: readonly Judged[]): readonly DrainedPod[] {
  return judged.filter(({ verdict }) => verdict.type === 'goes').map(({ pod }) => pod)
}

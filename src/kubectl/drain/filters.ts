/** Which pods of a node must go, may go, and may not. Upstream: kubectl pkg/drain/filters.go. */
import type { KubeObject, OwnerReference } from '#kubectl/objects/info.ts'

export interface DrainedPod extends KubeObject {
  readonly spec?: { readonly volumes?: readonly { readonly emptyDir?: object }[] }
  readonly status?: { readonly phase?: string }
}

export type Verdict =
  | { readonly type: 'goes'; readonly warning?: string }
  | { readonly type: 'stays'; readonly warning?: string }
  | { readonly type: 'refused'; readonly problem: string }

export interface FilterOptions {
  readonly force: boolean
  readonly ignoresDaemonSets: boolean
  readonly deletesEmptyDirs: boolean
  /** Pods whose deletion is older than this many seconds are left alone; 0: none. */
  readonly skipSeconds: number
  readonly nowMs: number
  /** Why the DaemonSet of a pod cannot be had; undefined: it is there. */
  daemonSetProblem(pod: DrainedPod): DaemonSetProblem | undefined
}

export interface DaemonSetProblem {
  readonly isMissing: boolean
  readonly message: string
}

const mirrorAnnotation = 'kubernetes.io/config.mirror'
const goes: Verdict = { type: 'goes' }

/** The first filter that keeps a pod decides; of several warnings the last counts. */
export function verdictOf(pod: DrainedPod, options: FilterOptions): Verdict {
  let verdict = goes
  for (const filter of filters) {
    verdict = filter(pod, options)
    if (verdict.type !== 'goes') return verdict
  }
  return verdict
}

type Filter = (pod: DrainedPod, options: FilterOptions) => Verdict

const filters: readonly Filter[] = [
  (pod, { skipSeconds, nowMs }) =>
    isLongDeleted(pod, skipSeconds, nowMs) ? { type: 'stays' } : goes,
  ofDaemonSet,
  ({ metadata }) =>
    Object.hasOwn(metadata?.annotations ?? {}, mirrorAnnotation) ? { type: 'stays' } : goes,
  withLocalStorage,
  withoutController,
]

export function controllerOf({ metadata }: DrainedPod): OwnerReference | undefined {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true)
}

/** Whether a look at its DaemonSet decides about it. */
export function isOfDaemonSet(pod: DrainedPod): boolean {
  return controllerOf(pod)?.kind === 'DaemonSet' && !isFinished(pod)
}

function ofDaemonSet(pod: DrainedPod, options: FilterOptions): Verdict {
  if (!isOfDaemonSet(pod)) return goes
  const problem = options.daemonSetProblem(pod)
  if (problem !== undefined) {
    return problem.isMissing && options.force
      ? { type: 'goes', warning: problem.message }
      : { type: 'refused', problem: problem.message }
  }
  return options.ignoresDaemonSets
    ? { type: 'stays', warning: 'ignoring DaemonSet-managed Pods' }
    : { type: 'refused', problem: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' }
}

function withLocalStorage(pod: DrainedPod, { deletesEmptyDirs }: FilterOptions): Verdict {
  const isLocal = pod.spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined) === true
  if (!isLocal || isFinished(pod)) return goes
  return deletesEmptyDirs
    ? { type: 'goes', warning: 'deleting Pods with local storage' }
    : {
        type: 'refused',
        problem: 'Pods with local storage (use --delete-emptydir-data to override)',
      }
}

function withoutController(pod: DrainedPod, { force }: FilterOptions): Verdict {
  if (isFinished(pod) || controllerOf(pod) !== undefined) return goes
  return force
    ? { type: 'goes', warning: 'deleting Pods that declare no controller' }
    : {
        type: 'refused',
        problem: 'cannot delete Pods that declare no controller (use --force to override)',
      }
}

function isFinished({ status }: DrainedPod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

export function isLongDeleted(
  { metadata }: KubeObject,
  skipSeconds: number,
  nowMs: number,
): boolean {
  const at = metadata?.deletionTimestamp
  if (skipSeconds <= 0 || at === undefined) return false
  return Math.trunc((nowMs - Date.parse(at)) / 1000) > skipSeconds
}

interface Judged {
  readonly pod: DrainedPod
  readonly verdict: Verdict
}

/** `problem: a/b, c/d`, each problem once. */
export function problemsOf(judged: readonly Judged[]): readonly string[] {
  const told = grouped(judged, ({ verdict }) =>
    verdict.type === 'refused' ? verdict.problem : undefined,
  )
  return told.map((text) => (/^cannot delete/i.test(text) ? text : `cannot delete ${text}`))
}

/** All on one line; empty when there is none. */
export function warningOf(judged: readonly Judged[]): string {
  const told = grouped(judged, ({ verdict }) =>
    verdict.type === 'refused' ? undefined : verdict.warning,
  )
  return told.join('; ')
}

function grouped(
  judged: readonly Judged[],
  textOf: (one: Judged) => string | undefined,
): readonly string[] {
  const pods = new Map<string, string[]>()
  for (const one of judged) {
    const text = textOf(one)
    if (text === undefined) continue
    const names = pods.get(text) ?? []
    pods.set(text, names)
    names.push(`${one.pod.metadata?.namespace ?? ''}/${one.pod.metadata?.name ?? ''}`)
  }
  return [...pods].map(([text, names]) => `${text}: ${names.join(', ')}`)
}

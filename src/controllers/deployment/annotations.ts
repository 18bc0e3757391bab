/**
 * What a Deployment writes on its ReplicaSets beside their spec: revision, history, and the sizes that
 * proportional scaling starts from.
 * Upstream: pkg/controller/deployment/util/deployment_util.go at v1.36.
 */
import type { Deployment, ReplicaSet } from '#api/apps/v1.gen.ts'
import { maxSurge, replicasOf } from './bounds.ts'

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history'
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas'
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas'

type Annotations = Readonly<Record<string, string>>

const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
])

const historyCharactersMax = 2000

/** 0 for what has none, or none that is a number. */
export function revisionOf({ metadata }: Pick<Deployment | ReplicaSet, 'metadata'>): number {
  const text = metadata.annotations?.[revisionAnnotation] ?? ''
  return /^\d+$/.test(text) ? Number(text) : 0
}

/** The highest revision of the ReplicaSets, 0 for none. */
export function maxRevision(replicaSets: readonly ReplicaSet[]): number {
  return Math.max(0, ...replicaSets.map(revisionOf))
}

/** The annotation's number; undefined when it is missing or no number. */
export function numberAnnotation(replicaSet: ReplicaSet, name: string): number | undefined {
  const text = replicaSet.metadata.annotations?.[name] ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** The annotations of a ReplicaSet as they should be with this revision. */
export function replicaSetAnnotations(
  deployment: Deployment,
  prior: Annotations | undefined,
  revision: number,
): Record<string, string> {
  const next: Record<string, string> = { ...prior }
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(name)) next[name] = value
  }
  const old = prior?.[revisionAnnotation]
  if (Number(old ?? 0) < revision) {
    next[revisionAnnotation] = String(revision)
    if (old !== undefined) {
      next[revisionHistoryAnnotation] = history(prior?.[revisionHistoryAnnotation], old)
    }
  }
  return next
}

/** `1,3` and then 5 → `1,3,5`; the oldest go when it gets too long. */
function history(prior: string | undefined, revision: string): string {
  const revisions = prior === undefined || prior === '' ? [] : prior.split(',')
  revisions.push(revision)
  while (revisions.join().length > historyCharactersMax && revisions.length > 1) revisions.shift()
  return revisions.join()
}

/** The annotations that tell which size a ReplicaSet was scaled for. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const replicas = replicasOf(deployment)
  return {
    [desiredReplicasAnnotation]: String(replicas),
    [maxReplicasAnnotation]: String(replicas + maxSurge(deployment)),
  }
}

/** Whether `annotations` already say all that `wanted` says. */
export function hasAnnotations(annotations: Annotations | undefined, wanted: Annotations): boolean {
  return Object.entries(wanted).every(([name, value]) => annotations?.[name] === value)
}

/** Which replica sets of a deployment are old and which is its own. Upstream: kubectl pkg/util/deployment. */
import type { Deployment, ReplicaSet } from '#api/apps/v1.gen.ts'
import type { PodTemplateSpec } from '#api/core/v1.gen.ts'
import { compareBytes, goJson } from '#api/meta/go-quote.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { controllerOf } from '#api/meta/owners.ts'
import type { Reader } from '#kubectl/describe/reader.ts'

export interface ReplicaSets {
  readonly old: readonly ReplicaSet[]
  /** At most one. */
  readonly current: readonly ReplicaSet[]
}

/** None when they cannot be read. */
export async function replicaSetsOf(
  { metadata, spec }: Deployment,
  reader: Reader,
): Promise<ReplicaSets> {
  const place = { group: 'apps', resource: 'replicasets', namespace: metadata.namespace ?? '' }
  const selected = { labels: labelSelectorMatcher(spec.selector).toString() }
  const found = await reader.list<ReplicaSet>(place, selected).catch(() => [])
  const own = found.filter((one) => controllerOf(one)?.uid === metadata.uid).toSorted(byAge)
  const wanted = templateKey(spec.template)
  const current = own.filter((one) => templateKey(one.spec.template) === wanted).slice(0, 1)
  return { old: own.filter((one) => !current.includes(one)), current }
}

function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a.metadata, b.metadata]
  const byTime = Date.parse(left.creationTimestamp) - Date.parse(right.creationTimestamp)
  return byTime === 0 ? compareBytes(left.name, right.name) : byTime
}

/** Equal for templates that differ in the hash that the controller adds. */
function templateKey(template: PodTemplateSpec | undefined): string {
  const { 'pod-template-hash': _hash, ...labels } = template?.metadata?.labels ?? {}
  return goJson({ ...template, metadata: { ...template?.metadata, labels } })
}

/** `web-5d4f (2/3 replicas created), …`. */
export function replicaSetsText(replicaSets: readonly ReplicaSet[]): string {
  if (replicaSets.length === 0) return '<none>'
  return replicaSets
    .map(({ metadata, spec, status }) => {
      return `${metadata.name} (${status?.replicas ?? 0}/${spec.replicas ?? 0} replicas created)`
    })
    .join(', ')
}

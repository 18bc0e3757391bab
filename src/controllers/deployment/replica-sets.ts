/**
 * Which of a Deployment's ReplicaSets is the new one, and what a new one looks like.
 * Upstream: pkg/controller/deployment/util/deployment_util.go at v1.36.
 */
import type { Deployment, ReplicaSet } from '#api/apps/v1.gen.ts'
import type { PodTemplateSpec } from '#api/core/v1.gen.ts'
import { controllerRef } from '#api/meta/owners.ts'
import type { Draft } from '#api/resource-type.ts'
import { deployments } from '#api/resources.gen.ts'
import { equal } from '#controllers/equal.ts'
import { templateHash } from '#controllers/template-hash.ts'
import { replicaSetAnnotations, revisionOf, sizeAnnotations } from './annotations.ts'
import { isRollingUpdate, maxSurge, replicasOf, totalReplicas } from './bounds.ts'

export const hashLabel = 'pod-template-hash'

/** The ReplicaSets of a Deployment: the one with its template, if there is one, and the others. */
export interface Family {
  readonly newest: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
}

export function familyOf(deployment: Deployment, replicaSets: readonly ReplicaSet[]): Family {
  const ordered = replicaSets.toSorted(byCreation)
  const newest = ordered.find(({ spec }) => isSameTemplate(spec.template, deployment.spec.template))
  return { newest, old: ordered.filter((replicaSet) => replicaSet !== newest) }
}

export function allOf({ newest, old }: Family): readonly ReplicaSet[] {
  return newest === undefined ? old : [...old, newest]
}

/** Those that are asked for pods. */
export function activeOf(replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return replicaSets.filter((replicaSet) => replicasOf(replicaSet) > 0)
}

/** Older first, by name where the second is the same. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (left !== right) return left < right ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}

export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  return revisionOf(a) - revisionOf(b) || byCreation(a, b)
}

/** Templates are the same when they differ in nothing but the hash. */
export function isSameTemplate(
  a: PodTemplateSpec | undefined,
  b: PodTemplateSpec | undefined,
): boolean {
  return equal(withoutHash(a), withoutHash(b))
}

function withoutHash(template: PodTemplateSpec | undefined): unknown {
  const labels = { ...template?.metadata?.labels }
  delete labels[hashLabel]
  return { ...template, metadata: { ...template?.metadata, labels } }
}

/** The new ReplicaSet, already of the size that the first step allows. */
export function newReplicaSet(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revision: number,
): Draft<ReplicaSet> {
  const { metadata, spec, status } = deployment
  const hash = templateHash(spec.template, status?.collisionCount)
  const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash }
  const { matchLabels, matchExpressions } = spec.selector
  return {
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels,
      annotations: {
        ...replicaSetAnnotations(deployment, undefined, revision),
        ...sizeAnnotations(deployment),
      },
      ownerReferences: [controllerRef(deployment, deployments)],
    },
    spec: {
      replicas: newReplicas(deployment, old, 0),
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: {
        matchLabels: { ...matchLabels, [hashLabel]: hash },
        ...(matchExpressions === undefined ? {} : { matchExpressions }),
      },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  }
}

/** The size for the new ReplicaSet that maxSurge allows now. Upstream: NewRSNewReplicas. */
export function newReplicas(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  current: number,
): number {
  const wanted = replicasOf(deployment)
  if (!isRollingUpdate(deployment)) return wanted
  const room = wanted + maxSurge(deployment) - totalReplicas(old) - current
  return room <= 0 ? current : current + Math.min(room, wanted - current)
}

/**
 * A StatefulSet's pods: each has an ordinal, a name, and claims of its own.
 * Upstream: pkg/controller/statefulset/stateful_set_utils.go at v1.36.
 */
import type { StatefulSet } from '#api/apps/v1.gen.ts'
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, Volume } from '#api/core/v1.gen.ts'
import { controllerRef } from '#api/meta/owners.ts'
import { isPodAvailable, isPodReady } from '#api/meta/pods.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import type { Draft } from '#api/resource-type.ts'
import { statefulsets } from '#api/resources.gen.ts'
import { revisionHashLabel } from '#controllers/history.ts'

export const podNameLabel = 'statefulset.kubernetes.io/pod-name'
export const podIndexLabel = 'apps.kubernetes.io/pod-index'

/** The pod's place; undefined for a pod that is not named as the set names its pods. */
export function ordinalOf({ metadata }: StatefulSet, pod: Pod): number | undefined {
  const { name } = pod.metadata
  const dash = name.lastIndexOf('-')
  const text = name.slice(dash + 1)
  if (name.slice(0, dash) !== metadata.name || !/^(0|[1-9]\d*)$/.test(text)) return undefined
  return Number(text)
}

export function startOrdinal({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0
}

export function revisionNameOf({ metadata }: Pod): string {
  return metadata.labels?.[revisionHashLabel] ?? ''
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod)
}

export function isRunningAndAvailable(set: StatefulSet, pod: Pod, nowMs: number): boolean {
  return isRunningAndReady(pod) && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)
}

/** The pod for an ordinal from the template of a revision. */
export function newPod(
  set: StatefulSet,
  ordinal: number,
  { template, name: revision }: { readonly template: PodTemplateSpec; readonly name: string },
): Draft<Pod> {
  const name = `${set.metadata.name}-${ordinal}`
  const { labels, annotations, finalizers } = template.metadata ?? {}
  const spec = template.spec ?? { containers: [] }
  return {
    metadata: {
      name,
      namespace: set.metadata.namespace ?? '',
      labels: { ...labels, ...identityLabels(name, ordinal), [revisionHashLabel]: revision },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerRef(set, statefulsets)],
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }),
      volumes: volumesFor(set, ordinal, spec.volumes),
    },
  }
}

function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [podNameLabel]: name, [podIndexLabel]: String(ordinal) }
}

/** Claims take the place of volumes of the same name. */
function volumesFor(set: StatefulSet, ordinal: number, volumes: readonly Volume[] = []): Volume[] {
  const claimed = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, metadata.name, ordinal) },
  }))
  const names = new Set(claimed.map(({ name }) => name))
  return [...claimed, ...volumes.filter(({ name }) => !names.has(name))]
}

export function claimName({ metadata }: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${metadata.name}-${ordinal}`
}

/** The claims of an ordinal, as they are made when they are missing. */
export function claimsFor(
  set: StatefulSet,
  ordinal: number,
): readonly Draft<PersistentVolumeClaim>[] {
  return (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => {
    const { labels, annotations } = metadata
    return {
      metadata: {
        name: claimName(set, metadata.name, ordinal),
        namespace: set.metadata.namespace ?? '',
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations === undefined ? {} : { annotations }),
        ...claimOwner(set),
      },
      spec,
    }
  })
}

/** A claim that is to go with its set is owned by it. */
function claimOwner(set: StatefulSet) {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted !== 'Delete') return {}
  const { name, uid } = set.metadata
  const { kind } = statefulsets
  return {
    ownerReferences: [
      {
        apiVersion: apiVersionOf(statefulsets),
        kind,
        name,
        uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  }
}

/** Whether the pod carries its name where others look for it. */
export function hasIdentity(pod: Pod, ordinal: number): boolean {
  const { name, labels = {} } = pod.metadata
  return Object.entries(identityLabels(name, ordinal)).every(
    ([key, value]) => labels[key] === value,
  )
}

export function withIdentity(pod: Pod, ordinal: number): Pod {
  const { metadata } = pod
  const labels = { ...metadata.labels, ...identityLabels(metadata.name, ordinal) }
  return { ...pod, metadata: { ...metadata, labels } }
}

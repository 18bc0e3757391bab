/**
 * Pods from manifests on the node's own disk. Upstream: pkg/kubelet/config/{common,defaults}.go at v1.36.
 */
import { createHash } from 'node:crypto'
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { validateDns1123Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import type { Draft } from '#api/resource-type.ts'
import { timestamp } from '#base/clock.ts'
import { parseImage } from '#kubelet/images/reference.ts'

export const annotations = {
  hash: 'kubernetes.io/config.hash',
  mirror: 'kubernetes.io/config.mirror',
  seen: 'kubernetes.io/config.seen',
  source: 'kubernetes.io/config.source',
} as const

export interface StaticPodInput {
  /** The manifest, parsed. */
  readonly manifest: Pod
  readonly path: string
  readonly nodeName: string
  readonly nowMs: number
}

/** The pod that a manifest describes on this node; throws an Error that says what is wrong with it. */
export function staticPod({ manifest, path, nodeName, nowMs }: StaticPodInput): Pod {
  check(manifest)
  const { metadata, spec } = manifest
  const uid = metadata.uid ?? ''
  const hash =
    uid === ''
      ? createHash('md5')
          .update(`host:${nodeName}file:${path}`)
          .update(JSON.stringify(manifest))
          .digest('hex')
      : uid
  const tolerations = [...(spec.tolerations ?? [])]
  const tolerated = tolerations.some(
    ({ operator, effect, key }) =>
      operator === 'Exists' && effect === 'NoExecute' && (key ?? '') === '',
  )
  if (!tolerated) tolerations.push({ operator: 'Exists', effect: 'NoExecute' })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: `${metadata.name}-${nodeName.toLowerCase()}`,
      namespace: metadata.namespace ?? 'default',
      uid: hash,
      annotations: {
        ...metadata.annotations,
        [annotations.hash]: hash,
        [annotations.seen]: timestamp(nowMs),
        [annotations.source]: 'file',
      },
    },
    spec: {
      ...spec,
      nodeName,
      tolerations,
      restartPolicy: spec.restartPolicy ?? 'Always',
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
      dnsPolicy: spec.dnsPolicy ?? 'ClusterFirst',
      securityContext: spec.securityContext ?? {},
      containers: spec.containers.map(withDefaults),
      ...(spec.initContainers === undefined
        ? {}
        : { initContainers: spec.initContainers.map(withDefaults) }),
    },
    status: { phase: 'Pending' },
  }
}

function check(manifest: Pod): void {
  if (manifest.kind !== 'Pod' || manifest.apiVersion !== 'v1') {
    throw new Error(`couldn't parse as pod: it is ${manifest.apiVersion} ${manifest.kind}`)
  }
  const { metadata, spec } = manifest
  const problems = [
    ...validateDns1123Subdomain(metadata?.name ?? '').map((text) => `metadata.name: ${text}`),
    ...(spec?.containers?.length ? [] : ['spec.containers: Required value']),
    ...(spec?.containers ?? []).flatMap(({ name, image }) => [
      ...validateDns1123Label(name ?? '').map((text) => `spec.containers.name: ${text}`),
      ...(image === undefined || image === '' ? ['spec.containers.image: Required value'] : []),
    ]),
    ...apiOnly(manifest),
  ]
  if (problems.length > 0) throw new Error(`invalid pod: ${problems.join(', ')}`)
}

/** A pod that starts without the API cannot have what only the API can give. */
function apiOnly({ spec }: Pod): readonly string[] {
  const volumes = (spec?.volumes ?? []).filter(
    ({ secret, configMap, persistentVolumeClaim }) =>
      secret !== undefined || configMap !== undefined || persistentVolumeClaim !== undefined,
  )
  const names = volumes.map(
    ({ name }) => `spec.volumes: static pods may not reference API objects (volume ${name})`,
  )
  return spec?.serviceAccountName === undefined || spec.serviceAccountName === ''
    ? names
    : [...names, 'spec.serviceAccountName: static pods may not reference service accounts']
}

/** What the API server would have filled in, and the kubelet goes by. */
function withDefaults(container: Container): Container {
  return {
    ...container,
    imagePullPolicy: container.imagePullPolicy ?? defaultPullPolicy(container.image ?? ''),
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
    resources: container.resources ?? {},
  }
}

function defaultPullPolicy(image: string): string {
  try {
    const { tag, digest } = parseImage(image)
    const latest = digest === undefined && (tag === undefined || tag === 'latest')
    return latest ? 'Always' : 'IfNotPresent'
  } catch {
    return 'IfNotPresent'
  }
}

/** The image of a static pod in the API, by which clients see it. */
export function mirrorOf(pod: Pod, node: { name: string; uid: string }): Draft<Pod> {
  const { uid: _uid, ...metadata } = pod.metadata
  const hash = pod.metadata.annotations?.[annotations.hash] ?? ''
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [annotations.mirror]: hash },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true },
      ],
    },
    spec: pod.spec,
  }
}

/** Whether a mirror pod shows this static pod, and not an older form of it. */
export function isMirrorOf(mirror: Pod, pod: Pod): boolean {
  return (
    mirror.metadata.annotations?.[annotations.mirror] ===
    pod.metadata.annotations?.[annotations.hash]
  )
}

/**
 * What the kubelet writes on sandboxes and containers, so that another kubelet (a restarted one, or
 * upstream's) knows them again.
 * Upstream: pkg/kubelet/kuberuntime/labels.go and pkg/kubelet/types/labels.go.
 */
import type { Container, Lifecycle, Pod } from '#api/core/v1.gen.ts'

export const labelNames = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const

const annotationNames = {
  hash: 'io.kubernetes.container.hash',
  restartCount: 'io.kubernetes.container.restartCount',
  terminationMessagePath: 'io.kubernetes.container.terminationMessagePath',
  terminationMessagePolicy: 'io.kubernetes.container.terminationMessagePolicy',
  preStopHandler: 'io.kubernetes.container.preStopHandler',
  ports: 'io.kubernetes.container.ports',
  podDeletionGracePeriod: 'io.kubernetes.pod.deletionGracePeriod',
  podTerminationGracePeriod: 'io.kubernetes.pod.terminationGracePeriod',
} as const

export function podLabels(pod: Pod): Record<string, string> {
  return {
    [labelNames.podName]: pod.metadata.name,
    [labelNames.podNamespace]: pod.metadata.namespace ?? '',
    [labelNames.podUid]: pod.metadata.uid,
  }
}

export function sandboxLabels(pod: Pod): Record<string, string> {
  return { ...pod.metadata.labels, ...podLabels(pod) }
}

export function containerLabels(pod: Pod, container: Container): Record<string, string> {
  return { ...podLabels(pod), [labelNames.containerName]: container.name }
}

export function containerAnnotations(
  pod: Pod,
  container: Container,
  restartCount: number,
): Record<string, string> {
  const annotations: Record<string, string> = {
    [annotationNames.hash]: containerHash(container),
    [annotationNames.restartCount]: String(restartCount),
    [annotationNames.terminationMessagePath]: container.terminationMessagePath ?? '',
    [annotationNames.terminationMessagePolicy]: container.terminationMessagePolicy ?? '',
  }
  const optional: Record<string, unknown> = {
    [annotationNames.podDeletionGracePeriod]: pod.metadata.deletionGracePeriodSeconds,
    [annotationNames.podTerminationGracePeriod]: pod.spec.terminationGracePeriodSeconds,
    [annotationNames.preStopHandler]: container.lifecycle?.preStop,
    [annotationNames.ports]: container.ports,
  }
  for (const [name, value] of Object.entries(optional)) {
    if (value !== undefined) annotations[name] = JSON.stringify(value)
  }
  return annotations
}

export interface AnnotatedContainer {
  readonly hash: string | undefined
  readonly restartCount: number
  readonly terminationMessagePath: string
  readonly terminationMessagePolicy: string
  readonly graceSeconds: number | undefined
  readonly preStop: NonNullable<Lifecycle['preStop']> | undefined
}

/** Reads back what `containerAnnotations` wrote; what is missing or broken has its zero value. */
export function readAnnotations(annotations: Readonly<Record<string, string>>): AnnotatedContainer {
  const json = <T>(name: string): T | undefined => {
    try {
      return JSON.parse(annotations[name] ?? 'null') as T
    } catch {
      return undefined
    }
  }
  return {
    hash: annotations[annotationNames.hash],
    restartCount: Number(annotations[annotationNames.restartCount] ?? 0) || 0,
    terminationMessagePath: annotations[annotationNames.terminationMessagePath] ?? '',
    terminationMessagePolicy: annotations[annotationNames.terminationMessagePolicy] ?? '',
    graceSeconds:
      json<number>(annotationNames.podDeletionGracePeriod) ??
      json<number>(annotationNames.podTerminationGracePeriod) ??
      undefined,
    preStop: json<NonNullable<Lifecycle['preStop']>>(annotationNames.preStopHandler) ?? undefined,
  }
}

/**
 * Tells whether a running container still is what the spec says. As upstream since 1.31, only the
 * name and the image count: everything else of a pod's containers cannot change, or changes in place.
 */
export function containerHash(container: Pick<Container, 'name' | 'image'>): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(JSON.stringify([container.name, container.image ?? '']))) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  return hash.toString(16)
}

/** What all pod workers of a node share. */
import type {
  ConfigMap,
  Container,
  ObjectReference,
  Pod,
  Secret,
  Service,
} from '#api/core/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { EventRecorder } from '#client/events.ts'
import type { CriClient } from '#cri/client.ts'
import type { CgroupName } from '#kubelet/cgroups/layout.ts'
import type { Cgroups } from '#kubelet/cgroups/cgroups.ts'
import type { ObjectCache } from '#kubelet/config/object-cache.ts'
import type { TokenSource } from '#kubelet/config/tokens.ts'
import type { Resolver } from '#kubelet/container/dns.ts'
import type { KubeletPaths } from '#kubelet/container/names.ts'
import type { ImagePuller } from '#kubelet/images/puller.ts'
import type { Semaphore } from '#kubelet/images/semaphore.ts'
import type { Probes } from '#kubelet/probes/probes.ts'
import type { RuntimeObserver } from '#kubelet/runtime/observer.ts'
import type { ClaimSource } from '#kubelet/volumes/claims.ts'
import type { Run } from '#linux/run.ts'
import type { Backoff } from './backoff.ts'

export interface KubeletHost {
  /** Aborts when the kubelet ends. */
  readonly signal: AbortSignal
  readonly cri: CriClient
  readonly clock: Clock
  readonly log: Logger
  readonly run: Run
  readonly recorder: EventRecorder
  readonly observer: RuntimeObserver
  readonly puller: ImagePuller
  readonly probes: Probes
  readonly cgroups: Cgroups
  readonly podCgroup: (pod: Pod) => CgroupName
  readonly configMaps: ObjectCache<ConfigMap>
  readonly secrets: ObjectCache<Secret>
  readonly tokens: TokenSource
  readonly claims: ClaimSource
  readonly crashes: Backoff
  /** Sandboxes being started. */
  readonly starts: Semaphore
  readonly paths: KubeletPaths
  readonly node: NodeFacts
  /** The Services that a pod may see, when they are known. */
  readonly services: (pod: Pod, signal: AbortSignal) => Promise<readonly Service[]>
  /** The runtime's name of a RuntimeClass; rejects when there is none. */
  readonly runtimeHandler: (runtimeClass: string) => Promise<string>
}

export interface NodeFacts {
  readonly name: string
  readonly ips: () => readonly string[]
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  readonly resolver: () => Promise<Resolver>
  readonly allocatable: () => Readonly<Record<string, string>>
  readonly memoryBytes: number
  /** Why pods of the pod network cannot start yet; undefined when they can. */
  readonly networkProblem: () => string | undefined
  /** A v2 hierarchy that accounts for swap: a container's memory limit is its limit of both. */
  readonly limitsSwap: boolean
}

/** A reference to a pod, or to one of its containers, as events carry it. */
export function eventObject(pod: Pod, container?: Container): ObjectReference {
  const { namespace = '', name, uid, resourceVersion } = pod.metadata
  const reference = { kind: 'Pod', apiVersion: 'v1', namespace, name, uid, resourceVersion }
  return container === undefined
    ? reference
    : { ...reference, fieldPath: fieldPath(pod, container.name) }
}

function fieldPath({ spec }: Pod, name: string): string {
  const has = (list: readonly { name: string }[] | undefined): boolean =>
    list?.some((each) => each.name === name) === true
  if (has(spec.initContainers)) return `spec.initContainers{${name}}`
  if (has(spec.ephemeralContainers)) return `spec.ephemeralContainers{${name}}`
  return `spec.containers{${name}}`
}

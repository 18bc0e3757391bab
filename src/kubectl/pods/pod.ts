/** What commands about containers read of a pod. */
import type { KubeObject } from '#kubectl/objects/info.ts'

export interface Pod extends KubeObject {
  spec?: PodSpec
  readonly status?: PodStatus
}

export interface PodSpec {
  [field: string]: unknown
  nodeName?: string
  initContainers?: Container[]
  containers?: Container[]
  ephemeralContainers?: Container[]
}

export interface Container {
  [field: string]: unknown
  name: string
  tty?: boolean
  ports?: readonly ContainerPort[]
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: string
}

export interface PodStatus {
  readonly phase?: string
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly lastTransitionTime?: string
  }[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
}

export interface ContainerStatus {
  readonly name: string
  readonly restartCount?: number
  readonly state?: {
    readonly running?: object
    readonly waiting?: { readonly message?: string }
    readonly terminated?: Terminated
  }
}

export interface Terminated {
  readonly exitCode: number
  readonly reason?: string
  readonly message?: string
}

export function isReady({ status }: Pod): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  return condition?.status === 'True'
}

export function isCompleted({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

export function statusOfContainer({ status }: Pod, name: string): ContainerStatus | undefined {
  const {
    initContainerStatuses = [],
    containerStatuses = [],
    ephemeralContainerStatuses = [],
  } = status ?? {}
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].find(
    (one) => one.name === name,
  )
}

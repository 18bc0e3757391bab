/** What the runtime has of one pod: the observed half of what a pod worker decides upon. */

import type { CgroupLimits } from '#kubelet/cgroups/values.ts'

export interface PodRuntime {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  /** Newest first. */
  readonly sandboxes: readonly Sandbox[]
  /** Newest first, over all sandboxes and attempts. */
  readonly containers: readonly RuntimeContainer[]
}

export interface Sandbox {
  readonly id: string
  readonly attempt: number
  readonly ready: boolean
  readonly createdAtMs: number
  readonly hostNetwork: boolean
  readonly ips: readonly string[]
}

export type RuntimeState =
  | { readonly is: 'created' }
  | { readonly is: 'running'; readonly startedAtMs: number }
  | {
      readonly is: 'exited'
      readonly exitCode: number
      readonly reason: string
      /** The runtime's message and the container's termination message. */
      readonly message: string
      readonly startedAtMs: number
      readonly finishedAtMs: number
    }
  | { readonly is: 'unknown' }

export interface RuntimeContainer {
  readonly id: string
  readonly name: string
  readonly sandboxId: string
  readonly restartCount: number
  readonly createdAtMs: number
  /** Of the spec that it was made from; undefined when it carries no annotation. */
  readonly hash: string | undefined
  readonly image: string
  readonly imageId: string
  readonly state: RuntimeState
  /** Where it writes logs. */
  readonly logPath: string
  /** What the kubelet wrote on it, for a kubelet that no longer has the pod. */
  readonly annotations: Readonly<Record<string, string>>
  readonly user?: ContainerUser | undefined
  /** What the runtime says it may use; undefined when it does not say. */
  readonly limits?: CgroupLimits | undefined
}

export interface ContainerUser {
  readonly uid: number
  readonly gid: number
  readonly supplementalGroups: readonly number[]
}

/** The newest container of a name. */
export function latest(runtime: PodRuntime, name: string): RuntimeContainer | undefined {
  return runtime.containers.find((container) => container.name === name)
}

export function running(runtime: PodRuntime): readonly RuntimeContainer[] {
  return runtime.containers.filter((container) => container.state.is === 'running')
}

export function emptyRuntime(pod: { uid: string; name: string; namespace: string }): PodRuntime {
  return { ...pod, sandboxes: [], containers: [] }
}

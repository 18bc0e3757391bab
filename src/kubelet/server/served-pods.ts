import type { Pod } from '#api/core/v1.gen.ts'
import type { PodRuntime } from '#kubelet/runtime/pod-runtime.ts'

/** What the kubelet's server shows of the pods that it runs. */
export interface ServedPods {
  /** With the status as the kubelet sees it now. */
  list(): readonly Pod[]
  find(namespace: string, name: string): ServedPod | undefined
  /** Calls back after each change of the pod's status, and when it is gone. */
  onChange(uid: string, fn: () => void): Disposable
}

export interface ServedPod {
  readonly pod: Pod
  readonly runtime: PodRuntime
}

/** A refusal with an HTTP status and upstream's text, as the API server passes it on. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

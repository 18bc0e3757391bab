/**
 * The pods of this node: from the API and from manifests, each with its worker; what the runtime has
 * beyond them is brought to its end.
 */
import type { Node, Pod, PodStatus } from '#api/core/v1.gen.ts'
import { isMirrorPod, isStaticPod } from '#api/meta/pods.ts'
import type { Logger } from '#base/logger.ts'
import { rejection } from './pod/admission.ts'
import { eventObject } from './pod/host.ts'
import type { KubeletHost } from './pod/host.ts'
import type { RuntimeAbilities } from './pod/unsupported.ts'
import { resizeProblem } from './pod/resize.ts'
import type { ResizeProblem } from './pod/resize.ts'
import { PodWorker } from './pod/worker.ts'
import { orphanPod } from './runtime/orphan.ts'
import type { Listed } from './runtime/observer.ts'
import type { ServedPod, ServedPods } from './server/served-pods.ts'
import type { Mirrors } from './sources/mirrors.ts'
import type { StatusWriter } from './status/status-writer.ts'

export interface PodsOptions {
  readonly host: KubeletHost
  readonly statuses: StatusWriter
  readonly mirrors: Mirrors
  readonly log: Logger
  readonly node: () => Node | undefined
  readonly abilities: () => RuntimeAbilities
  readonly pressure: () => { memoryPressure: boolean; diskPressure: boolean }
  /** The set of pods has changed. */
  readonly changed: () => void
}

export class Pods implements ServedPods {
  readonly #options: PodsOptions
  readonly #workers = new Map<string, PodWorker>()
  readonly #runs = new Map<string, Promise<void>>()
  /** Who wants to know of a pod's changes, by UID. */
  readonly #listeners = new Map<string, Set<() => void>>()
  /** Pods of nobody that are being looked at. */
  readonly #orphans = new Set<string>()
  #static: readonly Pod[] = []
  #listed: ReadonlyMap<string, Listed> = new Map()

  constructor(options: PodsOptions) {
    this.#options = options
  }

  get workers(): readonly PodWorker[] {
    return [...this.#workers.values()]
  }

  list(): readonly Pod[] {
    return this.workers.map(shown)
  }

  find(namespace: string, name: string): ServedPod | undefined {
    const worker = this.workers.find(
      ({ pod, removed }) =>
        !removed && pod.metadata.name === name && pod.metadata.namespace === namespace,
    )
    return worker && { pod: shown(worker), runtime: worker.runtime }
  }

  onChange(uid: string, fn: () => void): Disposable {
    const listeners = this.#listeners.get(uid) ?? new Set()
    this.#listeners.set(uid, listeners.add(fn))
    return {
      [Symbol.dispose]: () => {
        listeners.delete(fn)
        if (listeners.size === 0) this.#listeners.delete(uid)
      },
    }
  }

  #tell(uid: string): void {
    for (const fn of this.#listeners.get(uid) ?? []) fn()
  }

  worker(uid: string): PodWorker | undefined {
    return this.#workers.get(uid)
  }

  /** The API has a pod of this node, new or changed. */
  set(pod: Pod): void {
    const { statuses, mirrors } = this.#options
    if (isMirrorPod(pod)) {
      mirrors.set(pod)
      const worker = this.workers.find((each) => mirrors.shows(pod, each.pod))
      if (worker !== undefined) this.#writeStatus(worker, worker.status)
      statuses.observe(pod)
      return
    }
    const worker = this.#workers.get(pod.metadata.uid)
    if (worker === undefined) this.#admit(this.#begin(pod))
    else worker.update(pod)
    statuses.observe(pod)
    if (worker?.ended === true) this.#ended(worker)
  }

  /** A pod is gone from the API. */
  delete(pod: Pod): void {
    const { statuses, mirrors } = this.#options
    statuses.forget(pod.metadata.uid)
    if (isMirrorPod(pod)) mirrors.delete(pod)
    else this.#workers.get(pod.metadata.uid)?.remove()
  }

  /** The pods of the node's manifests. */
  setStatic(pods: readonly Pod[]): void {
    const before = this.#static
    this.#static = pods
    this.#options.mirrors.setStatic(pods)
    for (const { metadata } of before) {
      const stays = pods.some((pod) => pod.metadata.uid === metadata.uid)
      if (!stays) this.#workers.get(metadata.uid)?.remove()
    }
    this.#beginStatic()
  }

  /** What the runtime has: pods that changed unseen are looked at, pods of nobody are ended. */
  reconcile(listed: ReadonlyMap<string, Listed>, sourcesReady: boolean): void {
    for (const [uid, pod] of listed) {
      const worker = this.#workers.get(uid)
      if (worker !== undefined) {
        if (!sameStates(this.#listed.get(uid), pod)) this.#look(worker)
      } else if (sourcesReady) this.#endOrphan(pod)
    }
    for (const [uid] of this.#listed) {
      const worker = this.#workers.get(uid)
      if (!listed.has(uid) && worker !== undefined) this.#look(worker)
    }
    this.#listed = listed
  }

  /** Resolves when no worker runs any more; the host's signal ends them. */
  async done(): Promise<void> {
    await Promise.all(this.#runs.values())
  }

  #look(worker: PodWorker): void {
    worker.runtimeChanged().catch((error: unknown) => {
      this.#options.log.v(2)?.info('pod not looked at', { pod: worker.uid, err: String(error) })
    })
  }

  /** A manifest that was edited begins anew when its former pod has ended. */
  #beginStatic(): void {
    for (const pod of this.#static) {
      const { namespace, name, uid } = pod.metadata
      const occupied = this.workers.some(
        (each) => each.pod.metadata.name === name && each.pod.metadata.namespace === namespace,
      )
      if (!occupied && !this.#workers.has(uid)) this.#admit(this.#begin(pod))
    }
  }

  #begin(pod: Pod): PodWorker {
    const { host, log, changed } = this.#options
    const worker = new PodWorker(host, pod, {
      status: (each, status) => {
        this.#writeStatus(each, status)
        this.#tell(each.uid)
      },
      ended: (each) => this.#ended(each),
      resizeProblem: (wanted) => this.#resizeProblem(wanted),
    })
    this.#workers.set(worker.uid, worker)
    const run = worker
      .run(host.signal)
      .catch((error: unknown) => log.error('a pod worker ended', error, { pod: pod.metadata.name }))
      .then(() => {
        if (host.signal.aborted) return
        this.#workers.delete(worker.uid)
        this.#runs.delete(worker.uid)
        this.#tell(worker.uid)
        changed()
        this.#beginStatic()
      })
    this.#runs.set(worker.uid, run)
    changed()
    return worker
  }

  /** Pods that have begun before are not asked again. */
  #admit(worker: PodWorker): void {
    const { host, node, pressure } = this.#options
    const { pod } = worker
    if (pod.status?.startTime !== undefined || pod.metadata.deletionTimestamp !== undefined) return
    const others = this.workers
      .filter((each) => each !== worker && !each.ended && !each.terminating)
      .map((each) => each.pod)
    const verdict = rejection({
      pod,
      others,
      node: node(),
      allocatable: host.node.allocatable(),
      ...pressure(),
      abilities: this.#options.abilities(),
    })
    if (verdict === undefined) return
    const text = verdict.message.replace(/^Pod was rejected: /, '')
    host.recorder.event(eventObject(pod), 'Warning', verdict.reason, text)
    worker.end(verdict)
  }

  #resizeProblem(wanted: Pod): ResizeProblem | undefined {
    const others = this.workers
      .filter(
        ({ uid, ended, terminating }) => uid !== wanted.metadata.uid && !ended && !terminating,
      )
      .map(({ pod }) => pod)
    return resizeProblem(wanted, others, this.#options.host.node.allocatable())
  }

  #endOrphan(listed: Listed): void {
    const { host, log } = this.#options
    if (this.#orphans.has(listed.uid)) return
    this.#orphans.add(listed.uid)
    log.info('ending a pod that nobody wants', { pod: `${listed.namespace}/${listed.name}` })
    host.observer
      .pod(listed, host.signal)
      .then((runtime) => {
        if (!this.#workers.has(listed.uid)) this.#begin(orphanPod(listed, runtime)).remove()
      })
      .catch((error: unknown) => log.v(2)?.info('orphan not seen', { err: String(error) }))
      .finally(() => this.#orphans.delete(listed.uid))
  }

  #writeStatus(worker: PodWorker, status: PodStatus): void {
    const { statuses, mirrors } = this.#options
    const { pod } = worker
    if (worker.removed) return
    if (!isStaticPod(pod)) {
      statuses.set(target(pod), status, pod.status ?? {})
      return
    }
    const mirror = mirrors.of(pod)
    if (mirror !== undefined) statuses.set(target(mirror), status, mirror.status ?? {})
  }

  #ended(worker: PodWorker): void {
    const { pod, status } = worker
    if (worker.removed || isStaticPod(pod)) return
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#options.statuses.finish(target(pod), status)
    }
    this.#options.changed()
    // What one pod gives back may be what another waits for.
    for (const each of this.workers) if (each.resizePending) each.look()
  }
}

function target({ metadata }: Pod): { namespace: string; name: string; uid: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid }
}

/** The pod with its status as the kubelet sees it. */
function shown({ pod, status }: PodWorker): Pod {
  return { ...pod, status }
}

function sameStates(a: Listed | undefined, b: Listed): boolean {
  if (a === undefined || a.states.size !== b.states.size) return false
  return [...b.states].every(([id, state]) => a.states.get(id) === state)
}

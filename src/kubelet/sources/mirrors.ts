/**
 * Mirror pods: the API's images of static pods, made, renewed and taken away.
 * Upstream: pkg/kubelet/pod/mirror_client.go at v1.36.
 */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { pods } from '#api/resources.gen.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { isMirrorOf, mirrorOf } from './static-pod.ts'

export interface MirrorsOptions {
  readonly client: Client
  readonly log: Logger
  readonly node: () => Node | undefined
}

export class Mirrors {
  readonly #options: MirrorsOptions
  /** By `namespace/name`. */
  readonly #mirrors = new Map<string, Pod>()
  readonly #busy = new Set<string>()
  #static: readonly Pod[] = []
  #synced = false

  constructor(options: MirrorsOptions) {
    this.#options = options
  }

  set(mirror: Pod): void {
    this.#mirrors.set(keyOf(mirror), mirror)
    this.#reconcile(keyOf(mirror))
  }

  delete(mirror: Pod): void {
    const present = this.#mirrors.get(keyOf(mirror))
    if (present?.metadata.uid === mirror.metadata.uid) this.#mirrors.delete(keyOf(mirror))
    this.#reconcile(keyOf(mirror))
  }

  setStatic(all: readonly Pod[]): void {
    this.#static = all
    this.reconcile()
  }

  /** The mirrors that the API has are all known. */
  synced(): void {
    this.#synced = true
    this.reconcile()
  }

  /** The mirror of a static pod, if it is there and current. */
  of(pod: Pod): Pod | undefined {
    const mirror = this.#mirrors.get(keyOf(pod))
    return mirror !== undefined && isMirrorOf(mirror, pod) ? mirror : undefined
  }

  shows(mirror: Pod, pod: Pod): boolean {
    return keyOf(mirror) === keyOf(pod) && isMirrorOf(mirror, pod)
  }

  /** Makes every mirror as it should be; what fails is tried again by the next call. */
  reconcile(): void {
    for (const key of new Set([...this.#mirrors.keys(), ...this.#static.map(keyOf)])) {
      this.#reconcile(key)
    }
  }

  #reconcile(key: string): void {
    const node = this.#options.node()
    if (!this.#synced || node === undefined || this.#busy.has(key)) return
    const pod = this.#static.find((each) => keyOf(each) === key)
    const mirror = this.#mirrors.get(key)
    const step = this.#step(pod, mirror, node)
    if (step === undefined) return
    this.#busy.add(key)
    void step
      .catch((error: unknown) => {
        this.#options.log.warning('mirror pod not written', { pod: key, err: String(error) })
        return 'done' as const
      })
      .then((outcome) => {
        this.#busy.delete(key)
        // The watch may have told of the deletion before the request was answered.
        const seen = this.#mirrors.get(key)?.metadata.uid !== mirror?.metadata.uid
        if (outcome === 'removed' && seen) this.#reconcile(key)
      })
  }

  #step(
    pod: Pod | undefined,
    mirror: Pod | undefined,
    node: Node,
  ): Promise<'done' | 'removed'> | undefined {
    if (mirror === undefined) return pod && this.#create(pod, node)
    const current = pod !== undefined && isMirrorOf(mirror, pod)
    if (current && mirror.metadata.deletionTimestamp === undefined) return undefined
    return this.#remove(mirror)
  }

  async #create(pod: Pod, node: Node): Promise<'done'> {
    const { name, uid } = node.metadata
    const resource = this.#options.client.in(pods, pod.metadata.namespace ?? '')
    try {
      await resource.create(mirrorOf(pod, { name, uid }))
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error
    }
    return 'done'
  }

  async #remove({ metadata }: Pod): Promise<'removed'> {
    const { uid, name, namespace = '' } = metadata
    try {
      await this.#options.client
        .in(pods, namespace)
        .delete(name, { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error
    }
    return 'removed'
  }
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

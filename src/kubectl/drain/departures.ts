/** Tells when pods of a node are gone: one watch for all of them. */
import { decodeWatch } from '#client/watch-decoder.ts'
import type { Call } from '#kubectl/command.ts'
import { StatusError } from '#api/meta/status.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import { collectionPath } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { localMapping } from '#kubectl/objects/local-mapping.ts'

/** Between two watches, so that a server that ends them at once is not asked in a loop. */
const pauseMs = 1000

type Listener = (pod: KubeObject | undefined) => void

export class Departures {
  readonly #call: Call
  readonly #fieldSelector: string
  readonly #listeners = new Map<string, Listener>()
  /** The pods that are there, once it is known. */
  #present: Map<string, KubeObject> | undefined

  constructor(call: Call, node: string) {
    this.#call = call
    this.#fieldSelector = `spec.nodeName=${node}`
  }

  /** Calls with each state of the pod and, when it is gone, with undefined, until disposed. */
  listen(uid: string, listener: Listener): Disposable {
    this.#listeners.set(uid, listener)
    if (this.#present !== undefined) listener(this.#present.get(uid))
    return { [Symbol.dispose]: () => void this.#listeners.delete(uid) }
  }

  /** Until the signal aborts; rejects when the server says no. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const version = await this.#list()
      await this.#watch(version, signal)
      await this.#call.io.clock.sleep(pauseMs, signal)
    }
  }

  async #list(): Promise<string> {
    const list = await listObjects(await this.#call.factory.rest(), {
      type: 'list',
      mapping: pods,
      namespace: '',
      selector: '',
      fieldSelector: this.#fieldSelector,
      chunkSize: 0,
    })
    this.#present = new Map(list.items.map((pod) => [pod.metadata?.uid ?? '', pod]))
    for (const [uid, listener] of this.#listeners) listener(this.#present.get(uid))
    return list.metadata?.resourceVersion ?? ''
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const rest = await this.#call.factory.rest()
    try {
      const { body } = await rest.stream({
        path: collectionPath(pods, ''),
        query: { watch: 'true', fieldSelector: this.#fieldSelector, resourceVersion },
        signal,
      })
      for await (const { type, object } of decodeWatch(body)) this.#see(type, object as KubeObject)
    } catch (error) {
      if (signal.aborted) return
      // Too old: the next list says how things are.
      if (!(error instanceof StatusError)) throw error
    }
  }

  #see(type: string, pod: KubeObject): void {
    const uid = pod.metadata?.uid ?? ''
    if (type === 'DELETED') this.#present?.delete(uid)
    else this.#present?.set(uid, pod)
    this.#listeners.get(uid)?.(type === 'DELETED' ? undefined : pod)
  }
}

const pods = localMapping('v1', 'Pod')

/**
 * One stream to etcd that carries all watches. When it breaks, it is opened again, perhaps to another
 * member, and each watch goes on after the last revision that it has seen whole: nothing is skipped,
 * nothing told twice.
 */
import type { Logger } from '#base/logger.ts'
import { isPassing, type CallError } from './call-error.ts'
import type { EtcdClient } from './client.ts'
import { etcdCodec, type WatchResponse } from './messages.ts'
import type { MessageStream } from './transport.ts'

/** What the stream tells one watch. */
export interface WatchTarget {
  readonly key: Buffer
  readonly rangeEnd: Buffer
  /** Everything up to this revision was told. */
  readonly reached: number
  /** A whole answer: events of one or more revisions, none of them cut, or mere progress. */
  told(answer: WatchResponse): void
  /** It was ended by etcd, or cannot be had. */
  failed(error: Error): void
}

export interface WatchStreamOptions {
  readonly client: EtcdClient
  readonly log: Logger
  /** The stream's member changed: what was asked of the old one is lost. */
  opened(endpoint: string): void
}

export class WatchStream implements Disposable {
  readonly #options: WatchStreamOptions
  readonly #targets = new Map<number, WatchTarget>()
  /** Parts of an answer that is not whole yet. */
  readonly #fragments = new Map<number, WatchResponse[]>()
  readonly #closing = new AbortController()
  #stream: MessageStream | undefined
  #isOpening = false
  #failures = 0
  #lastId = 0

  constructor(options: WatchStreamOptions) {
    this.#options = options
  }

  /** The watch's id; it begins as soon as there is a stream. */
  add(target: WatchTarget): number {
    const id = ++this.#lastId
    this.#targets.set(id, target)
    if (this.#stream === undefined) this.#reopen()
    else this.#create(this.#stream, id, target)
    return id
  }

  remove(id: number): void {
    this.#fragments.delete(id)
    if (!this.#targets.delete(id)) return
    this.#send({ cancelRequest: { watchId: id } })
  }

  /** Asks how far the stream is; every watch is told. */
  requestProgress(): void {
    this.#send({ progressRequest: {} })
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    this.#targets.clear()
    this.#stream?.cancel()
    this.#stream = undefined
  }

  #send(request: object): void {
    this.#stream?.send(etcdCodec.encode('WatchRequest', request))
  }

  #create(stream: MessageStream, watchId: number, target: WatchTarget): void {
    const { key, rangeEnd, reached } = target
    const createRequest = {
      key,
      rangeEnd,
      // One more than is needed, which the watch drops: etcd refuses what is compacted only before the
      // revision of the compaction, where a removal may be missing (etcd issue 18089).
      startRevision: Math.max(reached, 1),
      progressNotify: true,
      watchId,
      fragment: true,
    }
    stream.send(etcdCodec.encode('WatchRequest', { createRequest }))
  }

  #reopen(): void {
    if (this.#isOpening) return
    this.#isOpening = true
    void this.#open().finally(() => {
      this.#isOpening = false
      if (this.#stream === undefined && this.#targets.size > 0) this.#reopen()
    })
  }

  async #open(): Promise<void> {
    const { client, log } = this.#options
    const { signal } = this.#closing
    if (this.#failures > 0) await client.members.pause(this.#failures, signal)
    if (signal.aborted || this.#targets.size === 0) return
    try {
      const channel = await client.members.channel()
      if (this.#closing.signal.aborted) return
      const stream = channel.stream('/etcdserverpb.Watch/Watch', {
        message: (bytes) => this.#received(bytes),
        closed: (error) => {
          if (this.#stream !== stream) return
          this.#stream = undefined
          this.#failures++
          client.members.leave(channel, error)
          this.#broke(error)
        },
      })
      this.#stream = stream
      this.#fragments.clear()
      for (const [id, target] of this.#targets) this.#create(stream, id, target)
      this.#options.opened(channel.endpoint)
    } catch (error) {
      this.#failures++
      log.v(2)?.info('No etcd member takes the watch', { error: String(error) })
    }
  }

  #broke(error: CallError): void {
    if (isPassing(error) || error.code === 'Canceled' || error.code === 'Internal') {
      this.#options.log.v(2)?.info('The watch of etcd broke; it goes on', { error: String(error) })
      if (this.#targets.size > 0) this.#reopen()
      return
    }
    const targets = [...this.#targets.values()]
    this.#targets.clear()
    for (const target of targets) target.failed(error)
  }

  #received(bytes: Buffer): void {
    const answer = etcdCodec.decode<WatchResponse>('WatchResponse', bytes)
    this.#failures = 0
    this.#options.client.saw(answer.header)
    if (answer.watchId === -1) {
      for (const target of this.#targets.values()) target.told(answer)
      return
    }
    const target = this.#targets.get(answer.watchId)
    if (target === undefined) return
    if (answer.canceled) this.#canceled(answer, target)
    else if (answer.created) return
    else if (answer.fragment) this.#keep(answer)
    else target.told(this.#whole(answer))
  }

  #canceled({ watchId, compactRevision, cancelReason }: WatchResponse, target: WatchTarget): void {
    this.#targets.delete(watchId)
    this.#fragments.delete(watchId)
    target.failed(new WatchCanceled(cancelReason, compactRevision))
  }

  #keep(answer: WatchResponse): void {
    const known = this.#fragments.get(answer.watchId)
    if (known === undefined) this.#fragments.set(answer.watchId, [answer])
    else known.push(answer)
  }

  #whole(last: WatchResponse): WatchResponse {
    const parts = this.#fragments.get(last.watchId)
    if (parts === undefined) return last
    this.#fragments.delete(last.watchId)
    return { ...last, events: [...parts, last].flatMap(({ events }) => events) }
  }
}

export class WatchCanceled extends Error {
  override readonly name = 'WatchCanceled'
  /** 0: it was not for that. Up to it the past is gone. */
  readonly compactRevision: number

  constructor(reason: string, compactRevision: number) {
    super(`etcd ended the watch: ${reason}`)
    this.compactRevision = compactRevision
  }
}

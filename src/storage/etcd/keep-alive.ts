/**
 * Notices a server that is gone without a word. It is pinged only while calls are under way, and not
 * more often than etcd allows: it ends the connections of who does.
 */
import type { ClientHttp2Session } from 'node:http2'
import type { Clock } from '#base/clock.ts'
import { limits } from './limits.ts'

export class KeepAlive implements Disposable {
  readonly #session: ClientHttp2Session
  readonly #clock: Clock
  #calls = 0
  #timer: Disposable | undefined

  constructor(session: ClientHttp2Session, clock: Clock) {
    this.#session = session
    this.#clock = clock
  }

  opened(): void {
    this.#calls++
    this.#timer ??= this.#clock.after(limits.keepAliveMs, () => this.#ping())
  }

  closed(): void {
    this.#calls--
  }

  #ping(): void {
    this.#timer = undefined
    if (this.#calls === 0 || this.#session.destroyed) return
    const late = this.#clock.after(limits.keepAliveTimeoutMs, () =>
      this.#session.destroy(new Error('the server does not answer pings')),
    )
    this.#timer = this.#clock.after(limits.keepAliveMs, () => this.#ping())
    this.#session.ping(() => late[Symbol.dispose]())
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }
}

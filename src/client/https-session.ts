/**
 * One HTTP/2 connection to an API server, made when it is first needed and again when it broke. Attempts
 * that fail wait longer and longer; a connection that stays silent is asked for a sign of life.
 */
import { connect } from 'node:http2'
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from 'node:http2'
import type { Clock } from '#base/clock.ts'

export interface SessionOptions {
  /** `https://host:port` */
  readonly server: string
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** The name the server's certificate must carry, when it is not the host's. */
  readonly serverName?: string
  /** True: any certificate will do (`insecure-skip-tls-verify`). */
  readonly insecure?: boolean
  readonly clock: Clock
  readonly random: () => number
}

const limits = {
  connectMsMax: 10_000,
  retryMsMin: 50,
  retryMsMax: 5_000,
  /** As client-go: a silent connection is pinged, and given up when the ping is not answered. */
  silentMsMax: 30_000,
  pingMsMax: 15_000,
  windowBytes: 4 << 20,
} as const

/** A connection, made when it is first needed and again after it broke. */
export class HttpsSession implements AsyncDisposable {
  readonly #options: SessionOptions
  #session: ClientHttp2Session | undefined
  #connecting: Promise<ClientHttp2Session> | undefined
  #failures = 0
  #notBeforeMs = 0
  #closed = false
  /** Open streams by connection. */
  readonly #streams = new WeakMap<ClientHttp2Session, number>()

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /**
   * Opens a stream, on a new connection if need be. Rejects when that fails or the signal aborts. While
   * streams are open they keep the process alive; an idle connection does not.
   */
  async open(
    headers: OutgoingHttpHeaders,
    options: { readonly endStream: boolean; readonly signal: AbortSignal },
  ): Promise<ClientHttp2Stream> {
    const session = await this.#get(options.signal)
    const stream = session.request(headers, { endStream: options.endStream })
    this.#count(session, 1)
    stream.once('close', () => this.#count(session, -1))
    return stream
  }

  async #get(signal: AbortSignal): Promise<ClientHttp2Session> {
    if (this.#closed) throw new Error('the transport is closed')
    const session = this.#session
    if (session !== undefined && !session.closed && !session.destroyed) return session
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined))
    return await abortable(this.#connecting, signal)
  }

  #count(session: ClientHttp2Session, change: 1 | -1): void {
    const streams = (this.#streams.get(session) ?? 0) + change
    this.#streams.set(session, streams)
    if (session.destroyed) return
    if (streams === 0) session.unref()
    else session.ref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const session = this.#session
    this.#session = undefined
    session?.destroy()
    await this.#connecting?.catch(() => undefined)
  }

  async #connect(): Promise<ClientHttp2Session> {
    const { clock, random } = this.#options
    const waitMs = this.#notBeforeMs - clock.monotonicMs()
    if (waitMs > 0) await clock.sleep(waitMs, new AbortController().signal)
    try {
      const session = await open(this.#options)
      if (this.#closed) {
        session.destroy()
        throw new Error('the transport is closed')
      }
      this.#failures = 0
      this.#adopt(session)
      return session
    } catch (error) {
      const ms = Math.min(limits.retryMsMin * 2 ** Math.min(this.#failures, 10), limits.retryMsMax)
      this.#failures++
      this.#notBeforeMs = clock.monotonicMs() + ms * (1 + random())
      throw error
    }
  }

  #adopt(session: ClientHttp2Session): void {
    this.#session = session
    session.setLocalWindowSize(limits.windowBytes)
    session.unref()
    const drop = (): void => {
      if (this.#session === session) this.#session = undefined
    }
    session.once('goaway', drop)
    session.once('close', drop)
    session.on('error', drop)
    this.#keepAlive(session)
  }

  #keepAlive(session: ClientHttp2Session): void {
    const { clock } = this.#options
    let timer = clock.after(limits.silentMsMax, () => undefined)
    const arm = (ms: number, fn: () => void): void => {
      timer[Symbol.dispose]()
      timer = clock.after(ms, fn)
    }
    const probe = (): void => {
      if (session.destroyed) return
      arm(limits.pingMsMax, () => session.destroy(new Error('the server answers no ping')))
      session.ping((error) => {
        if (error === null && !session.destroyed) arm(limits.silentMsMax, probe)
      })
    }
    arm(limits.silentMsMax, probe)
    session.once('close', () => timer[Symbol.dispose]())
  }
}

function open(options: SessionOptions): Promise<ClientHttp2Session> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>()
  const session = connect(options.server, tlsOptions(options))
  const timer = options.clock.after(limits.connectMsMax, () =>
    session.destroy(
      new Error(`no connection to ${options.server} within ${limits.connectMsMax} ms`),
    ),
  )
  const failed = (error: Error): void => {
    timer[Symbol.dispose]()
    reject(error)
  }
  session.once('error', failed)
  session.once('connect', () => {
    timer[Symbol.dispose]()
    session.off('error', failed)
    resolve(session)
  })
  return promise
}

function tlsOptions(options: SessionOptions): SecureClientSessionOptions {
  const { ca, cert, key, serverName, insecure } = options
  return {
    ALPNProtocols: ['h2'],
    settings: { enablePush: false, initialWindowSize: limits.windowBytes },
    maxSessionMemory: 256,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  }
}

/** The promise, or a rejection with the signal's reason as soon as it aborts. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined)
    return Promise.reject(signal.reason as Error)
  }
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

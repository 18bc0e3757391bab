/**
 * The life of one HTTP request, stage by stage: authenticated, impersonated, counted in, authorized,
 * dispatched, written. What goes wrong on the way is a Status; what is nobody's fault is a logged 500.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/config.go (DefaultBuildHandlerChain), v1.36.
 */
import { notAcceptable } from '#api/meta/status.ts'
import type { Logger } from '#base/logger.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Authorizer } from '#apiserver/authorization/authorizer.ts'
import type { RequestMetrics } from '#apiserver/metrics/requests.ts'
import type { WatchAnswer } from './answer.ts'
import type { Authenticate } from './authenticate.ts'
import { attributesOf, authorize } from './authorize.ts'
import { HttpBody } from './body.ts'
import { dispatch } from './dispatch.ts'
import type { Engine } from './dispatch.ts'
import type { Encoder } from './encode/encoder.ts'
import { ClientGoneError } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { statusOf } from './failure.ts'
import { impersonate } from './impersonate.ts'
import type { InFlight } from './in-flight.ts'
import type { Incoming } from './incoming.ts'
import { isLongRunning } from './long-running.ts'
import { acceptedTypes, negotiateEncoding } from './media-type.ts'
import type { Accepted, Negotiate } from './media-type.ts'
import type { RequestInfo } from './request-info.ts'
import { requestTimeoutMs } from './request-timeout.ts'
import { commonHeaders, replyFailure, replyObject, replyRaw } from './respond.ts'
import { streamWatch } from './stream-watch.ts'
import { isStreamed } from './subresources.ts'
import { parseTarget } from './target.ts'
import type { Target } from './target.ts'
import { Warnings } from './warnings.ts'

export interface Service {
  readonly engine: Engine
  readonly encoder: Encoder
  readonly negotiate: Negotiate
  readonly authenticate: Authenticate
  readonly authorizer: Authorizer
  readonly inFlight: InFlight
  readonly metrics: RequestMetrics
  readonly log: Logger
  /** Aborts when the server stops taking requests: watches end then. */
  readonly closing: AbortSignal
  auditId(): string
}

/** Answers one request; never rejects. */
export async function serve(service: Service, exchange: Exchange): Promise<void> {
  await new Serving(service, exchange).run()
}

class Serving {
  readonly #service: Service
  readonly #exchange: Exchange
  readonly #warnings = new Warnings()
  readonly #startedMs: number
  readonly auditId: string
  #target: Target | undefined

  constructor(service: Service, exchange: Exchange) {
    this.#service = service
    this.#exchange = exchange
    this.#startedMs = service.engine.clock.monotonicMs()
    this.auditId = service.auditId()
  }

  get exchange(): Exchange {
    return this.#exchange
  }

  get warnings(): Warnings {
    return this.#warnings
  }

  async run(): Promise<void> {
    try {
      const { method, url } = this.#exchange
      this.#target = parseTarget(method, url)
      await this.#serve(this.#target)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #serve(target: Target): Promise<void> {
    const user = await this.#user()
    if (isLongRunning(target.info, target.query)) return this.#answer(target, user)
    const { inFlight } = this.#service
    const timeoutMs = requestTimeoutMs(target.query)
    const leave = inFlight.enter(isRead(target.info))
    const deadline = { expire: (reason: Error) => this.#expire(reason) }
    inFlight.watch(deadline, timeoutMs)
    try {
      await this.#answer(target, user)
    } finally {
      inFlight.done(deadline)
      leave()
    }
  }

  async #user(): Promise<UserInfo> {
    const { connection, headers, rawHeaders } = this.#exchange
    const sender = { connection, authorization: headers.authorization }
    const found = this.#service.authenticate(sender)
    const user = found instanceof Promise ? await found : found
    return impersonate(user, rawHeaders, this.#service.authorizer)
  }

  async #answer({ info, query }: Target, user: UserInfo): Promise<void> {
    const { authorizer, engine, metrics, encoder } = this.#service
    authorize(authorizer, attributesOf(user, info))
    const accepted = this.#accepted(info)
    const answer = await dispatch(engine, this.#incoming({ info, query }, user))
    switch (answer.type) {
      case 'raw':
        await replyRaw(this, answer)
        break
      case 'watch':
        await this.#watch(answer, accepted, query)
        break
      default:
        await replyObject(this, encoder, { answer, accepted, query })
    }
    const status = 'status' in answer ? answer.status : 200
    metrics.observe({
      info,
      query,
      method: this.#exchange.method,
      status,
      startedMs: this.#startedMs,
    })
  }

  /** Before anything is written: who cannot read the answer must not have changed anything. */
  #accepted(info: RequestInfo): Accepted {
    const { accept } = this.#exchange.headers
    if (info.isResource && !isStreamed(info.subresource)) return this.#service.negotiate(accept)
    const encoding = accept === undefined ? 'json' : lenientEncoding(accept)
    return {
      encoding,
      shape: { as: 'object' },
      contentType: `application/${encoding}`,
      pretty: false,
    }
  }

  #incoming({ info, query }: Target, user: UserInfo): Incoming {
    const exchange = this.#exchange
    const warnings = this.#warnings
    return {
      method: exchange.method,
      info,
      query,
      headers: exchange.headers,
      user,
      body: new HttpBody(exchange, (text) => warnings.add(text)),
      get signal() {
        return exchange.signal
      },
      warn: (text) => warnings.add(text),
    }
  }

  async #watch(answer: WatchAnswer, accepted: Accepted, query: URLSearchParams): Promise<void> {
    if (accepted.encoding !== 'json') throw notAcceptable(acceptedTypes.slice(0, 1))
    const { encoder, engine, closing } = this.#service
    await streamWatch({
      exchange: this.#exchange,
      answer,
      frame: encoder.frames(answer.resource, accepted, query),
      headers: commonHeaders(this, accepted.contentType),
      clock: engine.clock,
      closing,
    })
  }

  #expire(reason: Error): void {
    this.#exchange.cancel(reason)
    this.#fail(reason)
  }

  #fail(error: unknown): void {
    const exchange = this.#exchange
    if (error instanceof ClientGoneError || exchange.replied) return
    const status = statusOf(error, this.#service.log, `${exchange.method} ${exchange.url}`)
    replyFailure(this, this.#service.encoder, status)
    if (this.#target === undefined) return
    this.#service.metrics.observe({
      ...this.#target,
      method: exchange.method,
      status: status.code,
      startedMs: this.#startedMs,
    })
  }
}

function isRead({ verb }: RequestInfo): boolean {
  return verb === 'get' || verb === 'list' || verb === 'head' || verb === 'options'
}

/** Paths that are no resources choose their own type when the client's is none of ours. */
function lenientEncoding(accept: string): 'json' | 'yaml' {
  try {
    return negotiateEncoding(accept)
  } catch {
    return 'json'
  }
}

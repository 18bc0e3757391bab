/**
 * The life of one HTTP request, stage by stage: authenticated, impersonated, counted in, authorized,
 * dispatched, written. What goes wrong on the way is a Status; what is nobody's fault is a logged 500.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/config.go (DefaultBuildHandlerChain), v1.36.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { notAcceptable } from '#api/meta/status.ts'
import type { Logger } from '#base/logger.ts'
import { auditedBody } from '#apiserver/audit/audited-body.ts'
import type { Auditor, RequestAudit } from '#apiserver/audit/auditor.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Authorizer } from '#apiserver/authorization/authorizer.ts'
import type { Flow, FlowControl, Seat } from '#apiserver/flow-control/flow-control.ts'
import type { RequestMetrics } from '#apiserver/metrics/requests.ts'
import type { Answer, WatchAnswer } from './answer.ts'
import {
  answerJson,
  attemptedMethods,
  auditedWatch,
  connectionClosedEarly,
  givenAuditId,
  outcomeOf,
} from './audit-answer.ts'
import type { Authenticate } from './authenticate.ts'
import { attributesOf, authorize } from './authorize.ts'
import { HttpBody } from './body.ts'
import { BusyError, replyTryLater, ShuttingDownError, TryLaterError } from './busy.ts'
import { dispatch } from './dispatch.ts'
import type { Engine } from './dispatch.ts'
import type { Encoder } from './encode/encoder.ts'
import { ClientGoneError } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { statusOf } from './failure.ts'
import { impersonate } from './impersonate.ts'
import type { Deadline, InFlight } from './in-flight.ts'
import type { Incoming, RequestBody } from './incoming.ts'
import { isLongRunning } from './long-running.ts'
import { acceptedStreamTypes, contentTypes, negotiateEncoding } from './media-type.ts'
import type { Accepted, Encoding, KindForms, Negotiate } from './media-type.ts'
import type { RequestInfo } from './request-info.ts'
import { requestTimeoutMs } from './request-timeout.ts'
import { commonHeaders, replyFailure, replyObject, replyRaw } from './respond.ts'
import type { Shutdown } from './shutdown.ts'
import { sourceIps } from './source-ips.ts'
import { streamWatch } from './stream-watch.ts'
import { isStreamed } from './subresources.ts'
import { parseTarget } from './target.ts'
import type { Target } from './target.ts'
import { Warnings } from './warnings.ts'
import type { WatchOutbox } from './watch-outbox.ts'

export interface Service {
  readonly engine: Engine
  readonly encoder: Encoder
  readonly outbox: WatchOutbox
  readonly negotiate: Readonly<Record<KindForms, Negotiate>>
  readonly authenticate: Authenticate
  readonly authorizer: Authorizer
  /** Absent: no policy asks for an audit log. */
  readonly auditor?: Auditor
  readonly inFlight: InFlight
  /** What a request gets that asks for no less. */
  readonly requestTimeoutMs: number
  /** The server is about to close, and tells newcomers when to try again. */
  readonly shutdown: Shutdown
  /** Absent: `--enable-priority-and-fairness=false`. */
  readonly flowControl?: FlowControl
  readonly metrics: RequestMetrics
  readonly log: Logger
  /** Aborts when the server stops taking requests: watches end then. */
  readonly closing: AbortSignal
  auditId(): string
}

/** Answers one request; never rejects. */
export async function serve(service: Service, exchange: Exchange): Promise<void> {
  const startedMs = service.engine.clock.monotonicMs()
  const serving = new Serving(service, exchange, startedMs)
  try {
    const ready = service.encoder.ready(exchange.headers.accept)
    if (ready !== undefined) await ready
    const target = parseTarget(exchange.method, exchange.url)
    serving.target = target
    const { connection, headers, rawHeaders } = exchange
    const { path } = target.info
    if (service.shutdown.refuses(path)) throw new ShuttingDownError()
    const found = service.authenticate({ connection, headers, rawHeaders, path })
    const user = found instanceof Promise ? await found : found
    serving.beginAudit(target, user)
    const kept = serving.audit?.kept
    if (kept !== undefined) await kept
    const claimed = impersonate(rawHeaders, attributesOf(user, target.info), service.authorizer)
    const acting = claimed instanceof Promise ? await claimed : claimed
    if (acting !== user) serving.audit?.impersonates(acting)
    await serving.admit(target, acting)
  } catch (error) {
    serving.fail(error)
  }
}

class Serving implements Deadline {
  readonly #service: Service
  readonly #startedMs: number
  readonly exchange: Exchange
  readonly warnings = new Warnings()
  readonly auditId: string
  target: Target | undefined
  audit: RequestAudit | undefined
  flow: Flow | undefined
  #seat: Seat | undefined
  #isAuthenticated = false

  constructor(service: Service, exchange: Exchange, startedMs: number) {
    this.#service = service
    this.#startedMs = startedMs
    this.exchange = exchange
    this.auditId = givenAuditId(exchange.headers) ?? service.auditId()
  }

  beginAudit({ info }: Target, user: UserInfo | undefined): void {
    this.#isAuthenticated = user !== undefined
    const { url: requestUri, headers, connection } = this.exchange
    this.audit = this.#service.auditor?.begin({
      auditId: this.auditId,
      requestUri,
      info,
      user,
      sourceIps: sourceIps(headers, connection.remoteAddress),
      userAgent: headers['user-agent'],
    })
  }

  /** Counts the request in, unless it may last as long as it likes. */
  async admit(target: Target, user: UserInfo): Promise<void> {
    const { inFlight } = this.#service
    const { info, query } = target
    if (isLongRunning(info, query)) return this.#answerLong(target, user)
    const isRead = reading.has(info.verb)
    const timeoutMs = requestTimeoutMs(query, this.#service.requestTimeoutMs)
    inFlight.enter(isRead)
    inFlight.watch(this, timeoutMs)
    try {
      const seating = this.#takeSeat(info, user)
      if (seating !== undefined) await seating
      await this.#answer(target, user)
    } finally {
      this.#leaveSeat()
      inFlight.done(this)
      inFlight.leave(isRead)
    }
  }

  /** Who watches has a seat until the watch is established. */
  async #answerLong(target: Target, user: UserInfo): Promise<void> {
    try {
      if (target.info.verb === 'watch') await this.#takeSeat(target.info, user)
      await this.#answer(target, user)
    } finally {
      this.#leaveSeat()
    }
  }

  /** A promise only when there is a wait; it rejects with BusyError. */
  #takeSeat(info: RequestInfo, user: UserInfo): Promise<void> | undefined {
    const { flowControl } = this.#service
    if (flowControl === undefined) return undefined
    this.flow = flowControl.classify(user, info)
    const seat = flowControl.enter(this.flow, { user, info })
    if (seat instanceof Promise) return this.#waitForSeat(seat)
    this.#seat = seat
    return undefined
  }

  async #waitForSeat(waiting: Promise<Seat>): Promise<void> {
    try {
      this.#seat = await waiting
    } catch (cause) {
      throw new BusyError({ cause })
    }
    if (this.exchange.replied) throw new ClientGoneError('the request ended while it waited')
  }

  #leaveSeat(): void {
    if (this.#seat !== undefined) this.#service.flowControl?.leave(this.#seat)
    this.#seat = undefined
  }

  expire(reason: Error): void {
    this.exchange.cancel(reason)
    this.fail(reason)
  }

  fail(error: unknown): void {
    const { exchange } = this
    this.#auditFailure(error)
    if (error instanceof ClientGoneError) return
    if (error instanceof TryLaterError && !exchange.replied) return this.#failBusy(error)
    if (exchange.replied) return exchange.signal.aborted ? undefined : this.#late(error)
    const { log, encoder } = this.#service
    const status = statusOf(error, log, `${exchange.method} ${exchange.url}`)
    try {
      replyFailure(this, encoder, status)
    } catch (failure) {
      log.error('A failure could not be answered', failure)
      exchange.destroy()
    }
    if (this.target !== undefined) this.#observe(this.target, status.code)
  }

  #failBusy(error: TryLaterError): void {
    void replyTryLater(this, error) // a short text is written at once
    if (this.target !== undefined) this.#observe(this.target, 429)
  }

  #auditFailure(error: unknown): void {
    if (this.#service.auditor === undefined || this.target === undefined) return
    if (!this.#isAuthenticated) {
      if (error instanceof TryLaterError) return
      this.beginAudit(this.target, undefined)
      this.audit?.unauthenticated(attemptedMethods(this.exchange))
    } else if (error instanceof ClientGoneError) this.audit?.completed(connectionClosedEarly)
    else if (error instanceof TryLaterError) this.audit?.completed(429)
    else this.audit?.failed(error)
  }

  /** The head is out: only a broken answer still tells the client. */
  #late(error: unknown): void {
    const { method, url } = this.exchange
    this.#service.log.error('An answer broke off', error, { request: `${method} ${url}` })
    this.exchange.destroy()
  }

  async #answer(target: Target, user: UserInfo): Promise<void> {
    const { authorizer, engine } = this.#service
    const { info } = target
    const asked = authorize(authorizer, attributesOf(user, info), this.audit)
    if (asked !== undefined) await asked
    // Before anything is written: who cannot read the answer must not have changed anything.
    const accepted = this.#accepted(info)
    const request = new HttpIncoming(this, target, user)
    const answer = await dispatch(engine, request)
    const { audit } = this
    if (audit !== undefined && answer.type === 'raw' && isLongRunning(info, target.query)) {
      audit.started(answer.status)
    }
    const written = this.#write(answer, accepted, target.query)
    if (written !== undefined) await written
    const shape = { answer, accepted, query: target.query }
    audit?.completed(outcomeOf(answer), () => answerJson(this.#service.encoder, shape))
    this.#observe(target, 'status' in answer ? answer.status : 200)
  }

  /** An update or an apply that would create needs the right to. Throws Forbidden. */
  authorizeCreate({ user, info }: Incoming): Promise<void> | undefined {
    return authorize(this.#service.authorizer, attributesOf(user, { ...info, verb: 'create' }))
  }

  /** A promise only when there is something to wait for. */
  #write(answer: Answer, accepted: Accepted, query: URLSearchParams): Promise<void> | undefined {
    switch (answer.type) {
      case 'raw':
        return replyRaw(this, answer)
      case 'watch':
        return this.#watch(answer, accepted, query)
      default:
        return replyObject(this, this.#service.encoder, { answer, accepted, query })
    }
  }

  #accepted(info: RequestInfo): Accepted {
    const { accept } = this.exchange.headers
    const { negotiate, engine } = this.#service
    const isOurs = info.isResource && engine.aggregator?.of(info) === undefined
    if (isOurs && !isStreamed(info.subresource)) {
      const accepted = negotiate.everything(accept)
      const isRefused = accepted.encoding === 'protobuf' && this.#isCustom(info)
      return isRefused ? negotiate.protobufOfMetadata(accept) : accepted
    }
    const encoding = isDiscovery(info) ? lenientEncoding(accept) : 'json'
    return {
      encoding,
      shape: { as: 'object' },
      contentType: contentTypes[encoding],
      pretty: false,
    }
  }

  /** Kinds that the schema does not know have come as definitions; their Scale is a built-in kind. */
  #isCustom({ group, version, resource, subresource }: RequestInfo): boolean {
    if (subresource === 'scale') return false
    return this.#service.engine.resources.find(group, version, resource)?.schemaType === ''
  }

  async #watch(answer: WatchAnswer, accepted: Accepted, query: URLSearchParams): Promise<void> {
    const { encoding } = accepted
    if (encoding === 'yaml') throw notAcceptable(acceptedStreamTypes)
    const { encoder, engine, outbox, closing } = this.#service
    const contentType = contentTypes[encoding]
    await streamWatch({
      exchange: this.exchange,
      answer: this.#established(answer),
      frame: encoder.frames(answer.resource, accepted, query),
      errorFrame: (status) => encoder.errorFrame(status, accepted),
      headers: commonHeaders(
        this,
        encoding === 'json' ? contentType : `${contentType};stream=watch`,
      ),
      outbox,
      clock: engine.clock,
      closing,
    })
  }

  /** Gives the seat back, and tells the audit log, as soon as the watch runs. */
  #established(answer: WatchAnswer): WatchAnswer {
    const told = this.audit === undefined ? answer : auditedWatch(answer, this.audit)
    if (this.#seat === undefined) return told
    return {
      ...told,
      start: async (sink, signal) => {
        await told.start(sink, signal)
        this.#leaveSeat()
      },
    }
  }

  #observe({ info, query }: Target, status: number): void {
    const { method } = this.exchange
    this.#service.metrics.observe({ info, query, method, status, startedMs: this.#startedMs })
  }
}

/** What HTTP knows of a request; body and signal are made when asked for. */
class HttpIncoming implements Incoming {
  readonly #serving: Serving
  readonly info: RequestInfo
  readonly query: URLSearchParams
  readonly user: UserInfo
  #body: RequestBody | undefined

  constructor(serving: Serving, { info, query }: Target, user: UserInfo) {
    this.#serving = serving
    this.info = info
    this.query = query
    this.user = user
  }

  get method(): string {
    return this.#serving.exchange.method
  }

  get url(): string {
    return this.#serving.exchange.url
  }

  get headers(): IncomingHttpHeaders {
    return this.#serving.exchange.headers
  }

  get body(): RequestBody {
    if (this.#body === undefined) {
      const { exchange, audit } = this.#serving
      const body = new HttpBody(exchange, (text) => this.warn(text))
      this.#body = audit === undefined ? body : auditedBody(body, audit)
    }
    return this.#body
  }

  get signal(): AbortSignal {
    return this.#serving.exchange.signal
  }

  warn(text: string): void {
    this.#serving.warnings.add(text)
  }

  annotate(key: string, value: string): void {
    this.#serving.audit?.annotate(key, value)
  }

  authorizeCreate(): Promise<void> | undefined {
    return this.#serving.authorizeCreate(this)
  }
}

const reading: ReadonlySet<string> = new Set(['get', 'list', 'head', 'options'])

/** `/api`, `/apis` and below: their documents are kinds, those of other paths are JSON. */
function isDiscovery({ path }: RequestInfo): boolean {
  return /^\/apis?(?:\/|$)/.test(path)
}

/** Discovery answers who wants nothing of ours in JSON. */
function lenientEncoding(accept: string | undefined): Encoding {
  if (accept === undefined) return 'json'
  try {
    return negotiateEncoding(accept)
  } catch {
    return 'json'
  }
}

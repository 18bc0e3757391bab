/**
 * The API server for callers in the same process: the same authorization, admission, validation and
 * storage, but nothing is encoded. What comes out is shared: never change it.
 */
import { StatusError, statusErrorFrom } from '#api/meta/status.ts'
import type { Status } from '#api/meta/v1.gen.ts'
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '#client/transport.ts'
import type { Logger } from '#base/logger.ts'
import { auditedBody } from './audit/audited-body.ts'
import type { Auditor, RequestAudit } from './audit/auditor.ts'
import type { UserInfo } from './authentication/authenticator.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import type { CacheEvent, ListPage, WatchSink } from './registry/registry.ts'
import type { Answer } from './http/answer.ts'
import { answerJson, auditedWatch, outcomeOf } from './http/audit-answer.ts'
import { attributesOf, authorize } from './http/authorize.ts'
import { dispatch } from './http/dispatch.ts'
import type { Engine } from './http/dispatch.ts'
import type { Encoder } from './http/encode/encoder.ts'
import { statusOf } from './http/failure.ts'
import type { Incoming } from './http/incoming.ts'
import { limits } from './http/limits.ts'
import type { Accepted } from './http/media-type.ts'
import { parseRequestInfo } from './http/request-info.ts'
import type { RequestInfo } from './http/request-info.ts'
import { Warnings } from './http/warnings.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import { listKindOf } from '#resources/resource.ts'
import type { Resource } from '#resources/resource.ts'
import { MemoryBody } from './memory-body.ts'
import { rawResponse, watchedRaw } from './raw-response.ts'

/** What of a server a transport needs. */
export interface InMemoryServer {
  readonly engine: Engine
  readonly authorizer: Authorizer
  readonly log: Logger
  readonly encoder: Encoder
  readonly auditor?: Auditor
  auditId(): string
  /** Aborts when the server closes: watches end then. */
  readonly closing: AbortSignal
}

export function inMemoryTransport(server: InMemoryServer, user: UserInfo): Transport {
  return {
    async request(request) {
      const warnings = new Warnings()
      const answer = await ask(server, { request, user, warnings, signal: undefined })
      return { ...(await responseOf(answer)), warnings: warnings.texts }
    },
    watch: (request) => watch(server, user, request),
  }
}

interface Question {
  readonly request: ApiRequest
  readonly user: UserInfo
  readonly warnings: Warnings
  /** Of the watch; absent: the request's. */
  readonly signal: AbortSignal | undefined
}

const never = new AbortController().signal

async function ask(server: InMemoryServer, question: Question): Promise<Answer> {
  const { request, user, warnings } = question
  const { method, path } = request
  let audit: RequestAudit | undefined
  try {
    const query = new URLSearchParams(request.query)
    const info = parseRequestInfo(method, path, query)
    audit = beginAudit(server, question, info)
    if (audit?.kept !== undefined) await audit.kept
    await authorize(server.authorizer, attributesOf(user, info), audit)
    const headers = request.headers ?? {}
    const warn = (text: string): void => warnings.add(text)
    const contentType = headers['content-type'] ?? 'application/json'
    const body = new MemoryBody({ body: request.body, contentType, warn })
    const search = query.size === 0 ? '' : `?${query.toString()}`
    const incoming: Incoming = {
      method,
      url: `${path}${search}`,
      info,
      query,
      headers,
      user,
      body: audit === undefined ? body : auditedBody(body, audit),
      signal: question.signal ?? request.signal ?? never,
      warn,
      annotate: (key, value) => audit?.annotate(key, value),
      authorizeCreate: () =>
        authorize(server.authorizer, attributesOf(user, { ...info, verb: 'create' })),
    }
    const answer = await dispatch(server.engine, incoming)
    return audit === undefined ? answer : auditAnswer(server, audit, { answer, query })
  } catch (error) {
    audit?.failed(error)
    if (request.signal?.aborted === true) throw error
    throw statusOf(error, server.log, `${method} ${path}`)
  }
}

/** Who calls from this process is told of like anybody else. */
function beginAudit(
  server: InMemoryServer,
  { request, user }: Question,
  info: RequestInfo,
): RequestAudit | undefined {
  const { auditor } = server
  if (auditor === undefined) return undefined
  const query = new URLSearchParams(request.query).toString()
  return auditor.begin({
    auditId: server.auditId(),
    requestUri: query === '' ? request.path : `${request.path}?${query}`,
    info,
    user,
    sourceIps: ['127.0.0.1'],
    userAgent: request.headers?.['user-agent'],
  })
}

function auditAnswer(
  { encoder }: InMemoryServer,
  audit: RequestAudit,
  { answer, query }: { readonly answer: Answer; readonly query: URLSearchParams },
): Answer {
  if (answer.type === 'watch') return auditedWatch(answer, audit)
  audit.completed(outcomeOf(answer), () => answerJson(encoder, { answer, accepted: asJson, query }))
  return answer
}

const asJson: Accepted = {
  encoding: 'json',
  shape: { as: 'object' },
  contentType: 'application/json',
  pretty: false,
}

async function responseOf(answer: Answer): Promise<Pick<ApiResponse, 'status' | 'body'>> {
  switch (answer.type) {
    case 'object':
      return { status: answer.status, body: answer.cached.object }
    case 'list':
      return { status: 200, body: listOf(answer.page, answer.resource) }
    case 'value':
      return { status: answer.status, body: checked(answer.value) }
    case 'raw':
      return rawResponse(answer)
    case 'watch':
      throw new TypeError('a watch is asked for with watch()')
  }
}

function listOf(page: ListPage, row: Resource): object {
  return {
    kind: listKindOf(row),
    apiVersion: apiVersionOf(row),
    metadata: {
      resourceVersion: page.resourceVersion,
      ...(page.continue !== undefined && { continue: page.continue }),
      ...(page.remainingItemCount !== undefined && { remainingItemCount: page.remainingItemCount }),
    },
    items: page.items.map((item) => item.object),
  }
}

/** An endpoint may answer a failure as a value. */
function checked(value: object): object {
  const status = value as Status
  if (status.kind === 'Status' && status.status === 'Failure') throw statusErrorFrom(status)
  return value
}

async function* watch(
  server: InMemoryServer,
  user: UserInfo,
  request: ApiRequest,
): AsyncGenerator<WatchEvent> {
  const queue = new WatchQueue()
  const query = { ...request.query, watch: 'true' }
  const asked = { ...request, query }
  const stop = (): void => queue.end()
  request.signal?.addEventListener('abort', stop, { once: true })
  server.closing.addEventListener('abort', stop, { once: true })
  let timer: Disposable | undefined
  try {
    const question = { request: asked, user, warnings: new Warnings(), signal: queue.signal }
    const answer = await ask(server, question)
    if (answer.type === 'raw') return yield* watchedRaw(answer)
    if (answer.type !== 'watch') throw new TypeError('the answer is no watch')
    timer = server.engine.clock.after(answer.timeoutMs, stop)
    await answer.start(queue, queue.signal)
    for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) {
      for (const { type, cached } of batch) yield { type, object: cached.object }
    }
  } finally {
    timer?.[Symbol.dispose]()
    request.signal?.removeEventListener('abort', stop)
    server.closing.removeEventListener('abort', stop)
    queue.end()
  }
}

/** Batches between the cache and a reader; a reader that falls too far behind is cut off. */
class WatchQueue implements WatchSink {
  readonly #abort = new AbortController()
  readonly #batches: (readonly CacheEvent[])[] = []
  #waiting: (() => void) | undefined
  #failure: Error | undefined
  #length = 0

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  events(batch: readonly CacheEvent[]): void {
    if (this.signal.aborted) return
    this.#batches.push(batch)
    this.#length += batch.length
    if (this.#length > limits.watchQueueEventsMax) this.end()
    this.#wake()
  }

  end(failure?: Error): void {
    this.#failure ??= failure
    this.#abort.abort()
    this.#wake()
  }

  /** Undefined: it is over. Throws what ended it. What came before the end is handed out first. */
  async take(): Promise<readonly CacheEvent[] | undefined> {
    for (;;) {
      const batch = this.#batches.shift()
      if (batch !== undefined) {
        this.#length -= batch.length
        return batch
      }
      if (this.#failure instanceof StatusError) throw this.#failure
      if (this.signal.aborted) return undefined
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  #wake(): void {
    this.#waiting?.()
    this.#waiting = undefined
  }
}

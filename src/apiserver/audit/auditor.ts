/**
 * Tells the log of requests, stage by stage. Without a policy there is no auditor; with one, a request
 * that the policy does not name costs one look at its rules.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/audit.go and …/pkg/audit/request.go, v1.36.
 */
import { StatusError } from '#api/meta/status.ts'
import { microTimestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Decision } from '#apiserver/authorization/authorizer.ts'
import type { RequestInfo } from '#apiserver/http/request-info.ts'
import { isAtLeast } from './event.ts'
import type {
  AuditEvent,
  EventUser,
  Level,
  ObjectReference,
  ResponseStatus,
  Stage,
} from './event.ts'
import type { Evaluate, Verdict } from './evaluate.ts'
import { limits } from './limits.ts'
import { withoutManagedFields } from './managed-fields.ts'
import type { AuditMetrics } from './metrics.ts'

/** A Status, or what of one is known. */
export type Outcome = Omit<ResponseStatus, 'metadata'>

/** Where events go. Throws, or rejects, when an event could not be kept. */
export interface AuditSink extends AsyncDisposable {
  write(event: AuditEvent): void | Promise<void>
}

export interface AuditBackend {
  /** As metrics name it. */
  readonly plugin: string
  readonly sink: AuditSink
  /** `blocking-strict`: what cannot be told of when it arrives is not done. */
  readonly isStrict: boolean
}

export interface AuditorOptions {
  readonly evaluate: Evaluate
  readonly backends: readonly AuditBackend[]
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: AuditMetrics
}

export interface AuditedRequest {
  readonly auditId: string
  /** Path and query as sent. */
  readonly requestUri: string
  readonly info: RequestInfo
  /** Who was authenticated; undefined: that failed. */
  readonly user: UserInfo | undefined
  readonly sourceIps: readonly string[]
  readonly userAgent: string | undefined
}

export class Auditor {
  readonly #options: AuditorOptions

  constructor(options: AuditorOptions) {
    this.#options = options
  }

  /** Undefined: the policy does not want to know. Throws when a strict log cannot tell of it. */
  begin(request: AuditedRequest): RequestAudit | undefined {
    const { evaluate, metrics } = this.#options
    const verdict = evaluate(request.user, request.info)
    metrics.level(verdict.level)
    if (verdict.level === 'None') return undefined
    const audit = new RequestAudit(this.#options, request, verdict)
    if (request.user !== undefined) audit.received()
    return audit
  }
}

export class AuditFailure extends Error {
  override readonly name = 'AuditFailure'
}

/** What becomes known of one request on its way. */
export class RequestAudit {
  readonly #options: AuditorOptions
  readonly #request: AuditedRequest
  readonly #verdict: Verdict
  readonly #receivedAt: string
  #impersonated: EventUser | undefined
  #requestObject: unknown
  #objectRef: ObjectReference | undefined
  #annotations: Record<string, string> | undefined
  #kept: Promise<void> | undefined
  #isOver = false

  constructor(options: AuditorOptions, request: AuditedRequest, verdict: Verdict) {
    this.#options = options
    this.#request = request
    this.#verdict = verdict
    this.#receivedAt = microTimestamp(options.clock.nowMs())
    if (request.info.isResource) this.#objectRef = referenceOf(request.info)
  }

  get level(): Level {
    return this.#verdict.level
  }

  get wantsRequest(): boolean {
    return isAtLeast(this.level, 'Request')
  }

  get wantsResponse(): boolean {
    return this.level === 'RequestResponse'
  }

  /** Nothing is done before it resolves; it rejects with AuditFailure. Undefined: nothing to wait for. */
  get kept(): Promise<void> | undefined {
    return this.#kept
  }

  /** Throws AuditFailure when a strict log cannot tell of it. */
  received(): void {
    const isKept = this.#tell('RequestReceived', {})
    if (isKept instanceof Promise) this.#kept = isKept.then((later) => this.#require(later))
    else this.#require(isKept)
  }

  #require(isKept: boolean): void {
    if (isKept) return
    this.#options.metrics.rejected()
    throw new AuditFailure('failed to store audit event')
  }

  impersonates(user: UserInfo): void {
    this.#impersonated = eventUser(user)
  }

  decided({ allowed, reason }: Decision): void {
    this.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid')
    this.annotate('authorization.k8s.io/reason', reason)
  }

  /** For everybody on the way of the request; who is first with a key keeps it. */
  annotate(key: string, value: string): void {
    const annotations = (this.#annotations ??= {})
    const known = annotations[key]
    if (known !== undefined && known !== value) {
      this.#options.log.warning('An audit annotation is set already', { key, known, value })
      return
    }
    annotations[key] = value
  }

  /** The body, decoded; it may be changed afterwards. */
  requested(object: unknown): void {
    if (this.wantsRequest) this.#requestObject = this.#snapshot(object)
    this.#complete(object)
  }

  /** A patch says nothing of the object's identity. */
  patched(patch: unknown): void {
    if (this.wantsRequest) this.#requestObject = this.#snapshot(patch)
  }

  /** A stream has begun. */
  started(code: number): void {
    void this.#tell('ResponseStarted', { responseStatus: { metadata: {}, code } })
  }

  /** `response`: the answer's JSON, asked for only when the policy wants it. */
  completed(outcome: number | Outcome, response?: () => string): void {
    if (this.#isOver) return
    this.#isOver = true
    const responseStatus = statusOf(outcome)
    const text = this.wantsResponse && response !== undefined ? response() : 'null'
    const object: unknown = JSON.parse(text)
    void this.#tell('ResponseComplete', {
      responseStatus,
      ...(object !== null && { responseObject: this.#trimmed(object) }),
    })
  }

  /** Nobody could be authenticated: the one thing that is told of such a request. */
  unauthenticated(message: string): void {
    this.#isOver = true
    void this.#tell('ResponseStarted', {
      responseStatus: {
        metadata: {},
        status: 'Failure',
        message,
        reason: 'Unauthorized',
        code: 401,
      },
    })
  }

  /** What was thrown on the way is the answer, or a bug of ours. */
  failed(error: unknown): void {
    if (error instanceof StatusError) this.completed(error.status)
    else this.#panicked(error)
  }

  #panicked(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    const what = error instanceof Error ? error.message : String(error)
    void this.#tell('Panic', {
      responseStatus: {
        metadata: {},
        status: 'Failure',
        message: `APIServer panic'd: ${what}`,
        reason: 'InternalError',
        code: 500,
      },
    })
  }

  /**
   * False: it could not be kept where it has to be. A promise only when somebody has to be asked; it never
   * rejects, and only who tells of an arrival waits for it.
   */
  #tell(stage: Stage, more: Partial<AuditEvent>): boolean | Promise<boolean> {
    if (this.#verdict.omitStages.has(stage)) return true
    const { backends, metrics } = this.#options
    metrics.event()
    const event = this.#event(stage, more)
    const outcomes = backends.map((backend) => this.#keep(backend, event))
    const asked = outcomes.filter((outcome) => outcome instanceof Promise)
    const isKept = outcomes.every((outcome) => outcome !== false)
    if (asked.length === 0) return isKept
    return Promise.all(asked).then((later) => isKept && later.every(Boolean))
  }

  #keep(backend: AuditBackend, event: AuditEvent): boolean | Promise<boolean> {
    try {
      const writing = backend.sink.write(event)
      if (writing === undefined) return true
      return writing.then(
        () => true,
        (error: unknown) => this.#lost(backend, event, error),
      )
    } catch (error) {
      return this.#lost(backend, event, error)
    }
  }

  #lost({ plugin, isStrict }: AuditBackend, event: AuditEvent, error: unknown): boolean {
    const { log, metrics } = this.#options
    metrics.failed(plugin, 1)
    const { auditID, stage } = event
    log.error(`Error in audit plugin '${plugin}' affecting 1 audit events`, error, {
      auditID,
      stage,
    })
    return !isStrict
  }

  #event(stage: Stage, more: Partial<AuditEvent>): AuditEvent {
    const { auditId, requestUri, info, user, sourceIps, userAgent } = this.#request
    const requestObject = this.#requestObject
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.level,
      auditID: auditId,
      stage,
      requestURI: requestUri,
      verb: info.verb,
      user: user === undefined ? {} : eventUser(user),
      ...(this.#impersonated !== undefined && { impersonatedUser: this.#impersonated }),
      ...(sourceIps.length > 0 && { sourceIPs: sourceIps }),
      ...(userAgent !== undefined && userAgent !== '' && { userAgent: truncated(userAgent) }),
      ...(this.#objectRef !== undefined && { objectRef: this.#objectRef }),
      ...(more.responseStatus !== undefined && { responseStatus: more.responseStatus }),
      ...(requestObject !== undefined && { requestObject }),
      ...(more.responseObject !== undefined && { responseObject: more.responseObject }),
      requestReceivedTimestamp: this.#receivedAt,
      stageTimestamp: microTimestamp(this.#options.clock.nowMs()),
      ...(this.#annotations !== undefined && { annotations: { ...this.#annotations } }),
    }
  }

  #snapshot(object: unknown): unknown {
    return this.#trimmed(JSON.parse(JSON.stringify(object ?? null)))
  }

  #trimmed(own: unknown): unknown {
    return this.#verdict.omitManagedFields ? withoutManagedFields(own) : own
  }

  /** What the URL did not say of the object: the name of what is created, its uid. */
  #complete(object: unknown): void {
    const reference = this.#objectRef
    const metadata = (object as { readonly metadata?: ObjectReference } | undefined)?.metadata
    if (reference === undefined || typeof metadata !== 'object' || metadata === null) return
    const given = { ...reference }
    for (const field of ['name', 'namespace', 'uid', 'resourceVersion'] as const) {
      const value = metadata[field]
      if (given[field] === undefined && typeof value === 'string' && value !== '') {
        given[field] = value
      }
    }
    this.#objectRef = ordered(given)
  }
}

function referenceOf(info: RequestInfo): ObjectReference {
  const { resource, namespace, name, group, version, subresource } = info
  return ordered({ resource, namespace, name, apiGroup: group, apiVersion: version, subresource })
}

type Written = { -readonly [Field in keyof ObjectReference]: ObjectReference[Field] }

/** Without what is empty, in upstream's order. */
function ordered(reference: ObjectReference): Written {
  const all: ObjectReference = {
    resource: reference.resource ?? '',
    namespace: reference.namespace ?? '',
    name: reference.name ?? '',
    uid: reference.uid ?? '',
    apiGroup: reference.apiGroup ?? '',
    apiVersion: reference.apiVersion ?? '',
    resourceVersion: reference.resourceVersion ?? '',
    subresource: reference.subresource ?? '',
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

function eventUser({ name, uid, groups, extra }: UserInfo): EventUser {
  return {
    ...(name !== '' && { username: name }),
    ...(uid !== undefined && uid !== '' && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra !== undefined && { extra }),
  }
}

/** Of a Status only what upstream copies. */
function statusOf(outcome: number | Outcome): ResponseStatus {
  if (typeof outcome === 'number') return { metadata: {}, code: outcome }
  const { status, message, reason, details, code } = outcome
  return {
    metadata: {},
    ...(status !== undefined && { status }),
    ...(message !== undefined && { message }),
    ...(reason !== undefined && { reason }),
    ...(details !== undefined && { details }),
    ...(code !== undefined && { code }),
  }
}

function truncated(userAgent: string): string {
  return userAgent.length <= limits.userAgentLengthMax
    ? userAgent
    : `${userAgent.slice(0, limits.userAgentLengthMax)}...TRUNCATED`
}

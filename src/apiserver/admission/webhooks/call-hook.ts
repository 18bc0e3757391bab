/**
 * Asks one webhook about one request. Load this file only when there is a webhook.
 * Upstream: admission/plugin/webhook/{mutating,validating}/dispatcher.go, webhook/errors/statuserror.go.
 */
import { goQuote } from '#api/meta/go-quote.ts'
import { badRequest, internalError, StatusError } from '#api/meta/status.ts'
import type { Status } from '#api/meta/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Resource } from '#resources/resource.ts'
import type { Observed, WebhookMetrics } from './admission-metrics.ts'
import type { Hook } from './compile-hooks.ts'
import {
  readAnswer,
  requestAttributes,
  reviewBody,
  shownObjects,
  type ReviewAnswer,
} from './review.ts'
import { shownUrl, targetOf } from './target.ts'
import type { Reach } from './target.ts'
import { WebhookTransport } from './transport.ts'

export interface CallerDeps {
  readonly objects: () => Objects
  readonly clock: Clock
  readonly log: Logger
  /** A new UUID. */
  readonly uid: () => string
  readonly reach?: Reach
}

export interface HookCall {
  readonly hook: Hook
  readonly request: AdmissionRequest
  /** The kind in which the webhook wants to see the object. */
  readonly row: Resource
  /** The key under which the audit log tells that it could not be asked and was passed over. */
  readonly openAnnotation: string
}

export class HookCaller implements Disposable {
  readonly #deps: CallerDeps
  readonly #transport: WebhookTransport
  readonly #metrics: WebhookMetrics

  constructor(deps: CallerDeps, metrics: WebhookMetrics) {
    this.#deps = deps
    this.#transport = new WebhookTransport(deps.clock)
    this.#metrics = metrics
  }

  /** Its answer; undefined when it could not be asked and that does not matter. Throws StatusError. */
  async call(call: HookCall): Promise<ReviewAnswer | undefined> {
    const { hook, request } = call
    if (request.dryRun && !hook.allowsDryRun) {
      throw badRequest(`admission webhook ${goQuote(hook.name)} does not support dry run`)
    }
    const startedMs = this.#deps.clock.monotonicMs()
    const observe = (
      seen: Pick<Observed, 'rejected' | 'code' | 'errorType' | 'failedOpen'>,
    ): void => this.#metrics.observe({ hook, operation: request.operation, startedMs, ...seen })
    let answer: ReviewAnswer
    try {
      answer = await this.#ask(call)
    } catch (error) {
      const failure = this.#failure(hook, error)
      observe({
        rejected: failure !== undefined,
        code: 0,
        errorType: 'calling_webhook_error',
        failedOpen: failure === undefined,
      })
      if (failure !== undefined) throw failure
      request.annotate?.(call.openAnnotation, hook.name)
      return undefined
    }
    const refusal = tell(call, answer)
    observe({
      rejected: refusal !== undefined,
      code: refusal?.status.code ?? 200,
      errorType: 'no_error',
      failedOpen: false,
    })
    if (refusal !== undefined) throw refusal
    return answer
  }

  async #ask({ hook, request, row }: HookCall): Promise<ReviewAnswer> {
    const shown = await shownObjects(request, row)
    const attributes = requestAttributes(request, row, shown)
    const uid = this.#deps.uid()
    const review = { uid, version: hook.reviewVersion, attributes, shown }
    const { timeoutMs } = hook
    const target = this.#target(hook)
    const body = await this.#transport.post(target, { body: reviewBody(review), timeoutMs })
    return readAnswer(body, review, hook.type === 'admit')
  }

  #target({ client, timeoutMs }: Hook): ReturnType<typeof targetOf> {
    try {
      return targetOf(client, this.#deps.objects(), this.#deps.reach)
    } catch (error) {
      const url = `${shownUrl(client)}?timeout=${timeoutMs / 1000}s`
      throw new Error(`Post ${goQuote(url)}: ${messageOf(error)}`)
    }
  }

  /** Undefined: the request goes on. */
  #failure(hook: Hook, error: unknown): StatusError | undefined {
    const text = `failed calling webhook ${goQuote(hook.name)}: failed to call webhook: ${messageOf(error)}`
    if (!hook.failsOpen) return internalError(text)
    this.#deps.log.warning(`Failed calling webhook, failing open ${hook.name}: ${text}`)
    return undefined
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Passes on what the webhook has to say; its refusal, when it refuses. */
function tell({ hook, request }: HookCall, answer: ReviewAnswer): StatusError | undefined {
  for (const [key, value] of Object.entries(answer.auditAnnotations)) {
    request.annotate?.(`${hook.name}/${key}`, value)
  }
  for (const warning of answer.warnings) request.warn(warning)
  return answer.allowed ? undefined : denied(hook.name, answer.status)
}

function denied(name: string, given: Readonly<Record<string, unknown>> | undefined): StatusError {
  const { code, status, message, reason, ...rest } = (given ?? {}) as Partial<Status>
  const by = `admission webhook ${goQuote(name)} denied the request`
  const why = message !== undefined && message !== '' ? message : (reason ?? '')
  return new StatusError({
    ...rest,
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as Status['metadata'],
    status: status === undefined || status === '' || status === 'Success' ? 'Failure' : status,
    message: why === '' ? `${by} without explanation` : `${by}: ${why}`,
    ...(reason !== undefined && { reason }),
    code: code === undefined || code < 400 ? 400 : code,
  })
}

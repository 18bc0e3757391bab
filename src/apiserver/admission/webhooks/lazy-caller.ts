/** What calls webhooks, loaded when the first one is called. */
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import { WebhookMetrics } from './admission-metrics.ts'
import type { CallerDeps, HookCall, HookCaller } from './call-hook.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { CredentialsFor } from './credentials.ts'
import type { Reach } from './target.ts'
import type { ReviewAnswer } from './review.ts'

/** What the server's flags add to what configurations of webhooks say. */
export function reachOf(
  { locate }: Pick<AdmissionDeps, 'locate'>,
  credentialsFor: CredentialsFor | undefined,
): Reach {
  return {
    ...(locate !== undefined && { locate }),
    ...(credentialsFor !== undefined && { credentialsFor }),
  }
}

export class LazyCaller implements Disposable {
  readonly #deps: CallerDeps
  readonly #metrics: WebhookMetrics
  #caller: HookCaller | undefined
  #loading: Promise<HookCaller> | undefined

  constructor(deps: CallerDeps) {
    this.#deps = deps
    this.#metrics = new WebhookMetrics(deps.clock)
  }

  register(metrics: MetricRegistry): void {
    this.#metrics.register(metrics)
  }

  /** See {@link HookCaller.call}. */
  async call(call: HookCall): Promise<ReviewAnswer | undefined> {
    this.#loading ??= this.#load()
    const caller = await this.#loading
    return caller.call(call)
  }

  async #load(): Promise<HookCaller> {
    const { HookCaller } = await import('./call-hook.ts')
    this.#caller = new HookCaller(this.#deps, this.#metrics)
    return this.#caller
  }

  [Symbol.dispose](): void {
    this.#caller?.[Symbol.dispose]()
  }
}

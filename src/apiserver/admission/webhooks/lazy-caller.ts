/** What calls webhooks, loaded when the first one is called. */
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import { WebhookMetrics } from './admission-metrics.ts'
import type { CallerDeps, HookCall, HookCaller } from './call-hook.ts'
import type { ReviewAnswer } from './review.ts'

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

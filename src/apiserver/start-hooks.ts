/**
 * What the server does by itself once it runs. Each hook is a health check until it is done; one that
 * fails is tried again, with growing pauses, as long as the server lives.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/hooks.go, v1.36.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { HealthCheck } from './http/health.ts'

export interface StartHook {
  /** `rbac/bootstrap-roles` */
  readonly name: string
  run(signal: AbortSignal): Promise<void>
}

const retryMinMs = 100
const retryMaxMs = 5_000

export class StartHooks implements AsyncDisposable {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #pending = new Set<string>()
  readonly #names: readonly string[]
  readonly #abort = new AbortController()
  readonly #running: Promise<unknown>

  constructor(hooks: readonly StartHook[], clock: Clock, log: Logger) {
    this.#clock = clock
    this.#log = log
    this.#names = hooks.map(({ name }) => name)
    for (const name of this.#names) this.#pending.add(name)
    this.#running = Promise.all(hooks.map((hook) => this.#run(hook)))
  }

  get checks(): readonly HealthCheck[] {
    return this.#names.map((name) => ({
      name: `poststarthook/${name}`,
      check: () => (this.#pending.has(name) ? 'not finished' : undefined),
    }))
  }

  /** Resolves when all are done; rejects with the signal's reason when it aborts before. */
  async done(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const abort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      await Promise.race([this.#running, aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  async #run(hook: StartHook): Promise<void> {
    const { signal } = this.#abort
    for (let pauseMs = retryMinMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, retryMaxMs)) {
      try {
        await hook.run(signal)
        this.#pending.delete(hook.name)
        return
      } catch (error) {
        this.#log.error('A start hook failed; it is tried again', error, { hook: hook.name })
      }
      await this.#clock.sleep(pauseMs, signal)
    }
  }
}

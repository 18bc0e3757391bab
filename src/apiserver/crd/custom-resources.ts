/**
 * Serves the custom kinds of a cluster. What only custom kinds need is read in when there is the first.
 */
import { customresourcedefinitions } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import type { RunningRegistry } from '#apiserver/registry/create-registry.ts'
import type { StartHook } from '#apiserver/start-hooks.ts'
import type { ConversionOptions } from './conversion-webhook.ts'
import type { Definitions } from './definitions.ts'

export interface CustomResourcesOptions {
  readonly registry: RunningRegistry
  readonly resources: ResourceTable
  readonly clock: Clock
  readonly log: Logger
  readonly conversion: ConversionOptions
}

/** How long a definition rests that could not be brought to where it should be. */
const retryMs = 1_000

export class CustomResources implements AsyncDisposable {
  readonly #options: CustomResourcesOptions
  readonly #waiting = new Set<string>()
  readonly #closing = new AbortController()
  readonly #subscription: Disposable
  #definitions: Definitions | undefined
  #running: Promise<void> | undefined

  constructor(options: CustomResourcesOptions) {
    this.#options = options
    this.#subscription = options.registry.objects.subscribe(
      customresourcedefinitions,
      ({ metadata }) => this.#wake(metadata.name),
    )
  }

  /** Done when everything that was defined before is served. */
  get hook(): StartHook {
    return {
      name: 'crd-informer-synced',
      run: async () => {
        const { objects } = this.#options.registry
        for (const { metadata } of objects.list(customresourcedefinitions)) {
          this.#wake(metadata.name)
        }
        await this.#running
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#subscription[Symbol.dispose]()
    await this.#running
    this.#definitions?.[Symbol.dispose]()
  }

  #wake(name: string): void {
    if (this.#closing.signal.aborted) return
    this.#waiting.add(name)
    this.#running ??= this.#run()
  }

  /** What is woken meanwhile comes at the end of the set. */
  async #run(): Promise<void> {
    for (const name of this.#waiting) {
      this.#waiting.delete(name)
      if (this.#closing.signal.aborted) break
      await this.#reconcile(name)
    }
    this.#running = undefined
  }

  async #reconcile(name: string): Promise<void> {
    const { registry, resources, clock, log, conversion } = this.#options
    try {
      if (this.#definitions === undefined) {
        const { Definitions: Loaded } = await import('./definitions.ts')
        const wake = (woken: string): void => this.#wake(woken)
        this.#definitions = new Loaded({ registry, resources, clock, conversion, wake })
      }
      await this.#definitions.reconcile(name)
    } catch (error) {
      if (this.#closing.signal.aborted) return
      log.error('A custom resource definition could not be served', error, { name })
      void this.#retry(name)
    }
  }

  async #retry(name: string): Promise<void> {
    await this.#options.clock.sleep(retryMs, this.#closing.signal)
    this.#wake(name)
  }
}

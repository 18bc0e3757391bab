/** Runs controllers against an in-memory cluster on a fake clock. */
import { silentLogger } from '#base/logger.ts'
import type { Logger } from '#base/logger.ts'
import { createClient } from '#client/create-client.ts'
import type { Client } from '#client/client.ts'
import { objectKey } from '#client/object-store.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { AnyController } from '#controllers/controller.ts'
import { startControllers } from '#controllers/runtime.ts'
import { FakeClock } from './clock.ts'
import type { InMemoryCluster } from './in-memory-cluster.ts'
import { inMemoryCluster } from './in-memory-cluster.ts'

export interface ControllerBench extends AsyncDisposable {
  readonly clock: FakeClock
  readonly cluster: InMemoryCluster
  readonly client: Client
  /** `Normal SuccessfulCreate Created pod: web-1`, in order. */
  readonly events: string[]
  readonly errors: string[]
  /** Lets everything that can happen now happen. */
  settle(): Promise<void>
  /** Objects of a kind, by key. */
  all<T>(type: ResourceType<T>): Promise<ReadonlyMap<string, T>>
}

/** Starts the controllers. Dispose it: that stops them. */
export async function runControllers(
  controllers: readonly AnyController[],
): Promise<ControllerBench> {
  const clock = new FakeClock()
  const cluster = inMemoryCluster(() => clock.nowMs())
  const client = createClient(cluster)
  const events: string[] = []
  const errors: string[] = []
  const recorder = {
    event: (_: unknown, type: string, reason: string, message: string) =>
      void events.push(`${type} ${reason} ${message}`),
  }
  const log: Logger = {
    ...silentLogger,
    // Failures that pass are told here only; lost races are no failures.
    info(message, values) {
      const text = String(values?.['err'])
      if (!text.includes('the object has been modified')) errors.push(`${message}: ${text}`)
    },
    error: (message, error) => void errors.push(`${message}: ${String(error)}`),
    v: (level) => (level <= 2 ? log : undefined),
    named: () => log,
  }
  const stop = new AbortController()
  const random = () => 0.5
  const running = startControllers(
    { client, clock, log, random, recorder },
    controllers,
    stop.signal,
  )
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await clock.advance(0)
  }
  await settle()
  return {
    clock,
    cluster,
    client,
    events,
    errors,
    settle,
    async all<T>(type: ResourceType<T>) {
      const { items } = await client.for(type).list()
      return new Map(items.map((item) => [objectKey(item as ApiObject), item]))
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running[Symbol.asyncDispose]()
    },
  }
}

/**
 * Deletes Jobs that have been finished for as long as they want to be kept.
 * Upstream: pkg/controller/ttlafterfinished at v1.36.
 */
import type { Job } from '#api/batch/v1.gen.ts'
import { jobs } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly jobs: ReadonlyStore<Job>
}

export const ttlAfterFinishedController = defineController<Deps>({
  name: 'ttl-after-finished-controller',
  primary: jobs,
  writes: ['batch/jobs'],
  workersMax: 5,

  open: ({ client, clock, informer }) => ({ client, clock, jobs: informer(jobs).store }),

  async reconcile(key, { client, clock, jobs: store }, signal) {
    const job = store.get(key)
    const expiresMs = job === undefined ? undefined : expiryMs(job)
    if (job === undefined || expiresMs === undefined) return done
    const waitMs = expiresMs - clock.nowMs()
    if (waitMs > 0) return { retryAfterMs: waitMs }
    const { namespace = '', name, uid, resourceVersion } = job.metadata
    const preconditions = { uid, resourceVersion }
    const options = { propagationPolicy: 'Foreground', preconditions, signal }
    await unlessGone(client.in(jobs, namespace).delete(name, options))
    return done
  },
})

/** When the Job may go, in ms since 1970; undefined when it stays. */
export function expiryMs({ metadata, spec, status }: Job): number | undefined {
  const { ttlSecondsAfterFinished } = spec ?? {}
  if (ttlSecondsAfterFinished === undefined || metadata.deletionTimestamp !== undefined) {
    return undefined
  }
  const finished = status?.conditions?.find(
    ({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True',
  )
  if (finished?.lastTransitionTime === undefined) return undefined
  return Date.parse(finished.lastTransitionTime) + ttlSecondsAfterFinished * 1000
}

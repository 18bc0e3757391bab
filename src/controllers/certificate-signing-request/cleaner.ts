/**
 * Removes requests that nobody needs any more.
 * Upstream: pkg/controller/certificates/cleaner/cleaner.go at v1.36, which looks once an hour; here each
 * request goes when its time has come.
 */
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import { certificatesigningrequests } from '#api/resources.gen.ts'
import { certificateExpiryMs } from '#base/certificate.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'
import { isIssued } from './conditions.ts'

type Request = CertificateSigningRequest

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly requests: ReadonlyStore<Request>
}

const hourMs = 3_600_000
const keepMs = { decided: hourMs, pending: 24 * hourMs } as const
/** Timers do not reach further. */
const waitMaxMs = 24 * hourMs

export const certificateCleanerController = defineController<Deps>({
  name: 'certificatesigningrequest-cleaner-controller',
  primary: certificatesigningrequests,
  writes: ['certificates.k8s.io/certificatesigningrequests'],
  workersMax: 1,

  open: ({ client, clock, informer }) => ({
    client,
    clock,
    requests: informer(certificatesigningrequests).store,
  }),

  async reconcile(key, { client, clock, requests }, signal) {
    const request = requests.get(key)
    const dueMs = request === undefined ? undefined : dueAt(request)
    if (request === undefined || dueMs === undefined) return done
    const waitMs = dueMs - clock.nowMs()
    if (waitMs > 0) return { retryAfterMs: Math.min(waitMs, waitMaxMs) }
    const { name, uid } = request.metadata
    const preconditions = { uid }
    await unlessGone(client.for(certificatesigningrequests).delete(name, { preconditions, signal }))
    return done
  },
})

/** When the request may go, in ms since 1970; undefined: it stays. */
export function dueAt(request: Request): number | undefined {
  const { metadata, status } = request
  const conditions = status?.conditions ?? []
  const dues: number[] = []
  if (conditions.length === 0) dues.push(since(metadata.creationTimestamp) + keepMs.pending)
  for (const { type, lastUpdateTime } of conditions) {
    if (type === 'Denied' || type === 'Failed') dues.push(since(lastUpdateTime) + keepMs.decided)
    if (type !== 'Approved') continue
    const wait = isIssued(request) ? keepMs.decided : keepMs.pending
    dues.push(since(lastUpdateTime) + wait)
    if (isIssued(request)) dues.push(certificateExpiryMs(atob(status?.certificate ?? '')))
  }
  const finite = dues.filter(Number.isFinite)
  return finite.length === 0 ? undefined : Math.min(...finite)
}

/** Without a time it is never due. */
function since(time: string | undefined): number {
  return time === undefined ? Number.NaN : Date.parse(time)
}

/** The node's heartbeat. Upstream: component-helpers/apimachinery/lease/controller.go at v1.36. */
import type { Lease } from '#api/coordination/v1.gen.ts'
import type { Node } from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { leases } from '#api/resources.gen.ts'
import { microTimestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { limits } from '#kubelet/limits.ts'

const namespace = 'kube-node-lease'
const retryMs = { initial: 200, max: 7_000 } as const

export interface LeaseOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly node: () => Node | undefined
  readonly nodeName: string
}

/** Renews the lease until the signal aborts. */
export async function keepLease(options: LeaseOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options
  let held: Lease | undefined
  let waitMs: number = retryMs.initial
  while (!signal.aborted) {
    try {
      held = await renew(options, held)
      waitMs = retryMs.initial
      await clock.sleep(limits.leaseRenewPeriodMs, signal)
    } catch (error) {
      held = undefined
      if (signal.aborted) return
      log.v(2)?.info('lease not renewed', { err: String(error) })
      await clock.sleep(waitMs, signal)
      waitMs = Math.min(waitMs * 2, retryMs.max)
    }
  }
}

/** `held` is the lease as it was renewed last, by which one request is enough. */
async function renew(options: LeaseOptions, held: Lease | undefined): Promise<Lease> {
  const { nodeName } = options
  const resource = options.client.in(leases, namespace)
  const present = held ?? (await resource.get(nodeName).catch(ignoreMissing))
  const spec = {
    ...present?.spec,
    holderIdentity: nodeName,
    leaseDurationSeconds: limits.leaseDurationSeconds,
    renewTime: microTimestamp(options.clock.nowMs()),
  }
  if (present !== undefined) return resource.update({ ...present, spec })
  const node = options.node()
  const owner = node && {
    apiVersion: 'v1',
    kind: 'Node',
    name: nodeName,
    uid: node.metadata.uid,
  }
  return resource.create({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: nodeName,
      namespace,
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec,
  })
}

function ignoreMissing(error: unknown): undefined {
  if (isStatus(error, 'NotFound')) return undefined
  throw error
}

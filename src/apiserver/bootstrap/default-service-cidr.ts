/**
 * The ServiceCIDR `kubernetes`: the range of cluster IPs that the server was started with.
 * Upstream: pkg/controlplane/controller/defaultservicecidr/default_servicecidr_controller.go, v1.36.
 */
import type { ServiceCIDR } from '#api/networking/v1.gen.ts'
import { servicecidrs } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { timestamp } from '#base/clock.ts'
import { ensure } from './ensure.ts'

const place = { namespace: '', name: 'kubernetes' }

/** Other ranges than the stored ones are left as they are, as upstream does: they cannot be changed. */
export async function ensureServiceCidr(
  objects: Objects,
  { cidrs, nowMs }: { readonly cidrs: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await ensure(objects, servicecidrs, place, {
    metadata: { name: place.name },
    spec: { cidrs: [...cidrs] },
  })
  await objects.modify(
    servicecidrs,
    { ...place, subresource: 'status' },
    (serviceCidr: ServiceCIDR) => {
      const conditions = serviceCidr.status?.conditions ?? []
      if (conditions.some(({ type }) => type === 'Ready')) return false
      const ready = {
        type: 'Ready',
        status: 'True',
        reason: '',
        message: 'Kubernetes default Service CIDR is ready',
        lastTransitionTime: timestamp(nowMs),
      }
      serviceCidr.status = { ...serviceCidr.status, conditions: [...conditions, ready] }
      return true
    },
  )
}

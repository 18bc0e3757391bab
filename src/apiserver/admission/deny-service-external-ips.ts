/** Upstream: plugin/pkg/admission/network/denyserviceexternalips/admission.go. */
import type { Service } from '#api/core/v1.gen.ts'
import { services } from '#api/resources.gen.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { isAbout, refusal } from './refusal.ts'

/** Services keep the external addresses that they have and get no new ones. */
export function denyServiceExternalIps(): AdmissionPlugin {
  return {
    name: 'DenyServiceExternalIPs',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      isAbout(request, services),
    validate(request) {
      const before = (request.prior as Service | undefined)?.spec?.externalIPs ?? []
      const asked = (request.object as Service).spec?.externalIPs ?? []
      if (asked.every((address) => before.includes(address))) return
      throw refusal(request, 'Use of external IPs is denied by admission control.')
    },
  }
}

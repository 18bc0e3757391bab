/**
 * Whether the server behind an APIService can be asked, as far as its objects tell.
 * Upstream: staging/src/k8s.io/kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go,
 * v1.36.
 */
import type { APIServiceCondition, ServiceReference } from '#api/apiregistration/v1.gen.ts'
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { readyAddresses } from './locate.ts'

export type Verdict = Pick<APIServiceCondition, 'reason' | 'message'> & {
  readonly status: 'True' | 'False'
}

export const passed: Verdict = { status: 'True', reason: 'Passed', message: 'all checks passed' }

export function refused(reason: string, message: string): Verdict {
  return { status: 'False', reason, message }
}

export interface Observed {
  readonly service: Service | undefined
  readonly slices: readonly EndpointSlice[]
}

/** Why nobody need be asked; undefined: only the server itself can tell. */
export function judge(
  { namespace = '', name = '', port = 443 }: ServiceReference,
  { service, slices }: Observed,
): Verdict | undefined {
  const where = `service/${name} in ${JSON.stringify(namespace)}`
  if (service === undefined) return refused('ServiceNotFound', `${where} is not present`)
  if ((service.spec.type ?? 'ClusterIP') !== 'ClusterIP') return undefined
  const found = service.spec.ports?.find((one) => one.port === port)
  if (found === undefined) {
    return refused('ServicePortError', `${where} is not listening on port ${port}`)
  }
  if (slices.length === 0) {
    return refused('EndpointsNotFound', `cannot find endpointslices for ${where}`)
  }
  const portName = found.name ?? ''
  if (slices.some((slice) => readyAddresses(slice, portName).length > 0)) return undefined
  return refused(
    'MissingEndpoints',
    `endpointslices for ${where} have no addresses with port name ${JSON.stringify(portName)}`,
  )
}

/**
 * Where the server behind an APIService is.
 * Upstream: staging/src/k8s.io/kube-aggregator/pkg/apiserver/resolvers.go and
 * staging/src/k8s.io/apiserver/pkg/util/proxy/proxy.go, v1.36.
 */
import type { ServiceReference } from '#api/apiregistration/v1.gen.ts'
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointslices, services } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'

/** Host and port. Throws an Error that says why there is none. */
export type Locate = (reference: ServiceReference) => string

const httpsPort = 443

/** By the address of the Service, which the node's proxy leads on. */
export function byClusterIp(objects: Objects): Locate {
  return (reference) => {
    const { service, port } = portOf(objects, reference)
    const { type = 'ClusterIP', clusterIP = '', externalName = '' } = service.spec
    if (type === 'ExternalName') return join(externalName, port.port)
    if (clusterIP === 'None') throw new Error('cannot route to service with ClusterIP "None"')
    return join(clusterIP, port.port)
  }
}

/** `--enable-aggregator-routing`: by the addresses behind the Service, one of those that are ready. */
export function byEndpoint(objects: Objects, random: () => number): Locate {
  return (reference) => {
    const { service, port } = portOf(objects, reference)
    if (service.spec.type === 'ExternalName') {
      return join(service.spec.externalName ?? '', port.port)
    }
    const ready = slicesOf(objects, reference).flatMap((slice) =>
      readyAddresses(slice, port.name ?? ''),
    )
    const chosen = ready[Math.floor(random() * ready.length)]
    if (chosen !== undefined) return chosen
    throw new Error(`no endpoints available for service ${JSON.stringify(reference.name ?? '')}`)
  }
}

/** The slices of the Service. */
export function slicesOf(
  objects: Objects,
  { namespace = '', name = '' }: ServiceReference,
): readonly EndpointSlice[] {
  return objects
    .list(endpointslices, namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
}

export function readyAddresses(slice: EndpointSlice, portName: string): readonly string[] {
  const port = slice.ports?.find(({ name = '' }) => name === portName)?.port
  if (port === undefined) return []
  return (slice.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.map((address) => join(address, port)))
}

function portOf(
  objects: Objects,
  { namespace = '', name = '', port = httpsPort }: ServiceReference,
) {
  const service: Service | undefined = objects.get(services, namespace, name)
  if (service === undefined) throw new Error(`service ${JSON.stringify(name)} not found`)
  const found = service.spec.ports?.find((one) => one.port === port)
  if (found !== undefined) return { service, port: found }
  throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`)
}

function join(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Addresses behind a service. Upstream: describe.go, formatEndpointSlices. */
import type { Endpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { Reader } from '#kubectl/describe/reader.ts'

const limits = {
  /** More are only counted. */
  addressesMax: 3,
} as const

/** Of the service of that name. */
export async function slicesOf(
  namespace: string | undefined,
  service: string,
  reader: Reader,
): Promise<readonly EndpointSlice[]> {
  const place = {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    namespace: namespace ?? '',
  }
  const labels = `kubernetes.io/service-name=${service}`
  return await reader.list<EndpointSlice>(place, { labels, inChunks: false })
}

/** `10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...`, of the port of that name. */
export function endpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>'
  const found = slices.flatMap((slice) => addressesOf(slice, portName))
  const addresses = found.filter((address) => address !== undefined)
  const shown = addresses.slice(0, limits.addressesMax).join(',')
  // Upstream notices that there are more when it comes to another endpoint, ready or not.
  const third = nthIndex(found, limits.addressesMax)
  const isMore = third !== undefined && third < found.length - 1
  return isMore ? `${shown} + ${addresses.length - limits.addressesMax} more...` : shown
}

/** In order; undefined for an endpoint that is not ready. */
function addressesOf(slice: EndpointSlice, portName: string): readonly (string | undefined)[] {
  const { endpoints = [], ports = [] } = slice
  if (ports.length === 0) return endpoints.map((endpoint) => addressOf(endpoint, ''))
  return ports
    .filter(({ name = '' }) => name === portName)
    .flatMap(({ port = 0 }) => endpoints.map((endpoint) => addressOf(endpoint, `:${port}`)))
}

function addressOf({ addresses, conditions }: Endpoint, port: string): string | undefined {
  if (conditions?.ready === false) return undefined
  const [address = ''] = addresses
  return address.includes(':') && port !== '' ? `[${address}]${port}` : `${address}${port}`
}

/** Where the n-th defined value is. */
function nthIndex(values: readonly (string | undefined)[], n: number): number | undefined {
  const places = values.flatMap((value, at) => (value === undefined ? [] : [at]))
  return places[n - 1]
}

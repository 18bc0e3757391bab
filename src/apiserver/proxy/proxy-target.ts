/** Where `…/proxy` of a node, pod or service leads. Names may carry scheme and port: `https:web:443`. */
import type { Pod, Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { badRequest, internalError, notFound, serviceUnavailable } from '#api/meta/status.ts'
import { endpointslices, pods, services } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { kubeletOf, type KubeletClient } from './kubelet.ts'

export interface ProxyTarget {
  /** Scheme, host and port. */
  readonly url: string
  /** Absent: the backend's certificate is not checked, as upstream does for pods and services. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined
}

interface Name {
  readonly scheme: string
  readonly name: string
  readonly port: string
}

/** Upstream: apimachinery/pkg/util/net/port_split.go, SplitSchemeNamePort. */
export function splitName(text: string): Name | undefined {
  const parts = text.split(':')
  const [first = '', second = '', third = ''] = parts
  const name =
    parts.length === 1
      ? { scheme: '', name: first, port: '' }
      : parts.length === 2
        ? { scheme: '', name: first, port: second }
        : { scheme: first, name: second, port: third }
  if (parts.length > 3 || name.name === '' || !['', 'http', 'https'].includes(name.scheme))
    return undefined
  return name
}

export function nodeTarget(client: KubeletClient, text: string): ProxyTarget {
  const name = splitName(text)
  if (name === undefined) throw badRequest(`invalid node request ${JSON.stringify(text)}`)
  return kubeletOf(client, name.name)
}

export function podTarget(objects: Objects, namespace: string, text: string): ProxyTarget {
  const asked = splitName(text)
  if (asked === undefined) throw badRequest(`invalid pod request ${JSON.stringify(text)}`)
  const pod = objects.get(pods, namespace, asked.name)
  if (pod === undefined) throw notFound({ group: '', resource: 'pods' }, asked.name)
  const address = pod.status?.podIP
  if (address === undefined || address === '') throw badRequest('address not allowed')
  return http(asked, address, asked.port === '' ? (firstPort(pod) ?? 80) : Number(asked.port))
}

function firstPort({ spec }: Pod): number | undefined {
  return spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort
}

export function serviceTarget(
  objects: Objects,
  at: { readonly namespace: string; readonly name: string },
  random: () => number,
): ProxyTarget {
  const asked = splitName(at.name)
  if (asked === undefined) throw badRequest(`invalid service request ${JSON.stringify(at.name)}`)
  const service = objects.get(services, at.namespace, asked.name)
  if (service === undefined) throw notFound({ group: '', resource: 'services' }, asked.name)
  const port = portName(service, asked.port)
  if (port === undefined) {
    throw serviceUnavailable(
      `no service port ${JSON.stringify(asked.port)} found for service ${JSON.stringify(asked.name)}`,
    )
  }
  const backends = objects
    .list(endpointslices, at.namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === asked.name)
    .flatMap((slice) => readyBackends(slice, port))
  const backend = backends[Math.floor(random() * backends.length)]
  if (backend === undefined)
    throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(at.name)}`)
  return http(asked, backend.address, backend.port)
}

/** The port's name; a service with one port needs none named. */
function portName({ spec }: Service, asked: string): string | undefined {
  const ports = spec.ports ?? []
  if (asked === '' && ports.length === 1) return ports[0]?.name ?? ''
  const found = ports.find(({ name = '', port }) => name === asked || String(port) === asked)
  return found === undefined ? undefined : (found.name ?? '')
}

function readyBackends(
  slice: EndpointSlice,
  name: string,
): readonly { address: string; port: number }[] {
  const port = slice.ports?.find((each) => (each.name ?? '') === name)?.port
  if (port === undefined) return []
  return (slice.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((address) => ({ address, port })))
}

function http({ scheme }: Name, address: string, port: number): ProxyTarget {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw internalError(`invalid port ${port}`)
  const host = address.includes(':') ? `[${address}]` : address
  return { url: `${scheme === '' ? 'http' : scheme}://${host}:${port}`, tls: undefined }
}

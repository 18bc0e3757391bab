/**
 * What the cluster's zone answers, as CoreDNS's kubernetes plugin with `pods insecure`. Pure: a question
 * and a view of the cluster in, records out.
 * Upstream: coredns plugin/kubernetes/{kubernetes,parse,handler,reverse,ns}.go and
 * plugin/backend_lookup.go at v1.12; the specification is kubernetes/dns docs/specification.md 1.1.0.
 */
import { isIP, isIPv4 } from 'node:net'
import type { Service } from '#api/core/v1.gen.ts'
import type { Endpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import { limits } from './limits.ts'
import type { DnsRecord } from './records.ts'

/** The cluster as the zone needs it. Names are in lower case. */
export interface ClusterView {
  hasNamespace(name: string): boolean
  service(namespace: string, name: string): Service | undefined
  slices(namespace: string, service: string): readonly EndpointSlice[]
  servicesWithIp(ip: string): readonly Service[]
  slicesWithIp(ip: string): readonly EndpointSlice[]
  /** Of the last change, in seconds: the serial of the zone. */
  readonly serial: number
}

export type Resolution =
  | {
      readonly kind: 'records'
      readonly answers: readonly DnsRecord[]
      readonly additionals: readonly DnsRecord[]
    }
  /** Another name, whose addresses are to be added. */
  | { readonly kind: 'alias'; readonly record: DnsRecord & { readonly data: string } }
  | { readonly kind: 'no-data' }
  | { readonly kind: 'no-name' }
  /** Not a name of the cluster: somebody else may know it. */
  | { readonly kind: 'foreign' }

export interface ZoneQuestion {
  /** As asked; owner names of answers repeat it. */
  readonly name: string
  readonly type: string
}

export interface Zone {
  /** In lower case, such as `cluster.local`. */
  readonly domain: string
  /** The addresses of this DNS server that clients know: those of its Service. */
  readonly serverIps: readonly string[]
}

/** A backend of a name: an address with a port, under a name of its own. */
interface Target {
  readonly ip: string
  /** Undefined: the Service or the slice has no ports. */
  readonly port: number | undefined
  readonly name: string
}

const noData: Resolution = { kind: 'no-data' }
const noName: Resolution = { kind: 'no-name' }
const ttl = limits.ttlSeconds

export function resolve(question: ZoneQuestion, zone: Zone, view: ClusterView): Resolution {
  const name = question.name.toLowerCase()
  const ip = addressOfReverseName(name)
  if (ip !== undefined) return reverse(question, ip, { zone, view })
  if (name !== zone.domain && !name.endsWith(`.${zone.domain}`)) return { kind: 'foreign' }
  const path = name.slice(0, -zone.domain.length - 1)
  const labels = path === '' ? [] : path.split('.')
  const fixed = fixedNames(question, labels, zone)
  if (fixed !== undefined) return fixed
  if (question.type === 'SOA' && labels.length === 0) {
    return records([soaRecord(zone, view)])
  }
  const found = find(labels, zone, view)
  if (!Array.isArray(found)) return 'alias' in found ? alias(question, found.alias) : found
  return answer(question, found)
}

/** For the authority section of answers without records. */
export function soaRecord(zone: Zone, view: ClusterView): DnsRecord {
  const data = {
    mname: `ns.dns.${zone.domain}`,
    rname: `hostmaster.${zone.domain}`,
    serial: view.serial,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: ttl,
  }
  return { type: 'SOA', name: zone.domain, ttl, data }
}

function answer(question: ZoneQuestion, targets: readonly Target[]): Resolution {
  switch (question.type) {
    case 'A':
    case 'AAAA': {
      const ips = new Set(targets.map((target) => target.ip))
      const own = addresses(question.name, [...ips]).filter(({ type }) => type === question.type)
      return own.length === 0 ? noData : records(own)
    }
    case 'SRV':
      return services(question.name, targets)
    default:
      return noData
  }
}

/** The version of the schema, and the name server itself. */
function fixedNames(
  question: ZoneQuestion,
  labels: readonly string[],
  zone: Zone,
): Resolution | undefined {
  const { name, type } = question
  const path = labels.join('.')
  if (path === 'dns-version') {
    if (type !== 'TXT') return noData
    return records([{ type, name, ttl: limits.versionTtlSeconds, data: '1.1.0' }])
  }
  if (path === 'dns') return noData
  if (path === 'ns.dns') {
    const own = addresses(name, zone.serverIps).filter((record) => record.type === type)
    return own.length === 0 ? noData : records(own)
  }
  if (path === '' && type === 'NS') {
    const server = `ns.dns.${zone.domain}`
    return records([{ type, name, ttl, data: server }], addresses(server, zone.serverIps))
  }
  return undefined
}

/** The targets of a name below the zone, or what else there is to say about it. */
function find(
  labels: readonly string[],
  zone: Zone,
  view: ClusterView,
): Target[] | { alias: string } | typeof noData {
  const [kind, namespace, name, ...rest] = labels.toReversed()
  if (kind === undefined) return noData
  if (kind !== 'svc' && kind !== 'pod') return noName
  if (namespace === undefined) return noData
  if (!view.hasNamespace(namespace)) return noName
  if (name === undefined) return noData
  if (kind === 'pod') return rest.length > 0 ? noName : pod(name)
  if (rest.length > 2) return noName
  const service = view.service(namespace, name)
  if (service === undefined) return noName
  const [first, port] = rest
  const request: ServiceRequest = {
    base: `${name}.${namespace}.svc.${zone.domain}`,
    ...(rest.length === 1 && first !== undefined ? { endpoint: first } : {}),
    ...(rest.length === 2 && first !== undefined && port !== undefined
      ? { protocol: withoutUnderscore(first), port: withoutUnderscore(port) }
      : {}),
  }
  return findInService(service, request, view.slices(namespace, name))
}

/** `10-0-0-7.default.pod.cluster.local` is 10.0.0.7, whether there is such a pod or not. */
function pod(name: string): Target[] | typeof noName {
  const isV4 = /^[^-]+(?:-[^-]+){3}$/.test(name)
  const ip = name.replaceAll('-', isV4 ? '.' : ':')
  return isIP(ip) === 0 ? noName : [{ ip, port: undefined, name }]
}

interface ServiceRequest {
  /** The name of the Service itself. */
  readonly base: string
  readonly endpoint?: string
  readonly port?: string
  readonly protocol?: string
}

function findInService(
  service: Service,
  request: ServiceRequest,
  slices: readonly EndpointSlice[],
): Target[] | { alias: string } | typeof noName {
  const { type, externalName, clusterIP, clusterIPs } = service.spec
  if (type === 'ExternalName') {
    if (request.endpoint !== undefined || externalName === undefined) return noName
    return isIP(externalName) === 0 ? { alias: externalName.replace(/\.$/, '') } : noName
  }
  const targets =
    clusterIP === 'None' || request.endpoint !== undefined
      ? slices.flatMap((slice) => endpointTargets(slice, request))
      : matchingPorts(service.spec.ports ?? [], request).flatMap((port) =>
          (clusterIPs ?? [clusterIP ?? '']).map((ip) => ({ ip, port, name: request.base })),
        )
  return targets.length === 0 ? noName : targets
}

function endpointTargets(slice: EndpointSlice, request: ServiceRequest): Target[] {
  const ports = matchingPorts(slice.ports ?? [], request)
  return (slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
    .flatMap((endpoint) => endpoint.addresses.map((ip) => ({ ip, name: hostname(endpoint, ip) })))
    .filter(({ name }) => request.endpoint === undefined || request.endpoint === name)
    .flatMap(({ ip, name }) => ports.map((port) => ({ ip, port, name: `${name}.${request.base}` })))
}

/** Without any declared port there is one without a number: addresses exist, SRV records do not. */
function matchingPorts(
  ports: readonly { name?: string; protocol?: string; port?: number }[],
  { port, protocol }: ServiceRequest,
): (number | undefined)[] {
  const all = ports.length === 0 ? [{ name: '', protocol: '' }] : ports
  return all
    .filter((each) => port === undefined || port === (each.name ?? '').toLowerCase())
    .filter((each) => protocol === undefined || protocol === (each.protocol ?? 'TCP').toLowerCase())
    .map((each) => ('port' in each ? each.port : undefined))
}

function hostname(endpoint: Endpoint, ip: string): string {
  const own = endpoint.hostname ?? ''
  return own === '' ? ip.replaceAll(/[.:]/g, '-') : own.toLowerCase()
}

function services(name: string, targets: readonly Target[]): Resolution {
  const usable = targets.filter(
    (target): target is Target & { port: number } => target.port !== undefined,
  )
  if (usable.length === 0) return noData
  const weight = Math.max(1, Math.floor(100 / targets.length))
  const answers = unique(usable, (target) => `${target.name} ${target.port}`).map(
    ({ port, name: target }): DnsRecord => {
      return { type: 'SRV', name, ttl, data: { priority: 0, weight, port, target } }
    },
  )
  const additionals = unique(usable, (target) => `${target.name} ${target.ip}`).flatMap((target) =>
    addresses(target.name, [target.ip]),
  )
  return records(answers, additionals)
}

function alias(question: ZoneQuestion, target: string): Resolution {
  const { name, type } = question
  const record = { type: 'CNAME', name, ttl, data: target } as const
  if (target.toLowerCase() === name.toLowerCase()) return noData
  if (type === 'CNAME') return records([record])
  return type === 'A' || type === 'AAAA' ? { kind: 'alias', record } : noData
}

/** PTR: a Service by its cluster IP, else the endpoints that have the address. */
function reverse(
  question: ZoneQuestion,
  ip: string,
  { zone, view }: { zone: Zone; view: ClusterView },
): Resolution {
  const suffix = `svc.${zone.domain}`
  const [service] = view.servicesWithIp(ip)
  const names =
    service === undefined
      ? view.slicesWithIp(ip).flatMap((slice) => endpointNames(slice, ip))
      : [`${service.metadata.name}.${service.metadata.namespace}`]
  if (names.length === 0) return { kind: 'foreign' }
  if (question.type !== 'PTR') return noData
  return records(
    unique(names, (name) => name).map((name) => ({
      type: 'PTR',
      name: question.name,
      ttl,
      data: `${name}.${suffix}`,
    })),
  )
}

function endpointNames(slice: EndpointSlice, ip: string): string[] {
  const service = slice.metadata.labels?.['kubernetes.io/service-name']
  if (service === undefined) return []
  return (slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
    .filter((endpoint) => endpoint.addresses.some((address) => canonicalIp(address) === ip))
    .map((endpoint) => `${hostname(endpoint, ip)}.${service}.${slice.metadata.namespace}`)
}

/** `7.0.0.10.in-addr.arpa` is 10.0.0.7; undefined for names that are no whole address. */
function addressOfReverseName(name: string): string | undefined {
  if (name.endsWith('.in-addr.arpa')) {
    const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.')
    return isIPv4(ip) ? ip : undefined
  }
  if (!/^(?:[0-9a-f]\.){32}ip6\.arpa$/.test(name)) return undefined
  const nibbles = name.slice(0, 63).split('.').reverse().join('')
  return canonicalIp((nibbles.match(/.{4}/g) ?? []).join(':'))
}

/** One spelling per address: `fd00:0:0:0:0:0:0:1` is `fd00::1`. */
export function canonicalIp(ip: string): string {
  if (!ip.includes(':')) return ip
  return URL.parse(`http://[${ip}]/`)?.hostname.slice(1, -1) ?? ip
}

function addresses(name: string, ips: readonly string[]): DnsRecord[] {
  return ips
    .filter((ip) => isIP(ip) !== 0)
    .map((ip) => ({ type: isIPv4(ip) ? 'A' : 'AAAA', name, ttl, data: ip }))
}

function records(
  answers: readonly DnsRecord[],
  additionals: readonly DnsRecord[] = [],
): Resolution {
  return { kind: 'records', answers, additionals }
}

/** The first of each key, in order. */
function unique<T>(all: readonly T[], keyOf: (item: T) => string): T[] {
  const first = new Map<string, T>()
  for (const item of all) {
    const key = keyOf(item)
    if (!first.has(key)) first.set(key, item)
  }
  return [...first.values()]
}

function withoutUnderscore(label: string): string {
  return label.startsWith('_') ? label.slice(1) : label
}

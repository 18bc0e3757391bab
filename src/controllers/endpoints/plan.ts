/**
 * The Endpoints of a Service: its pods' addresses, grouped by the ports they offer.
 * Upstream: pkg/controller/endpoint and pkg/api/v1/endpoints at v1.36.
 */
import type {
  EndpointAddress,
  EndpointPort,
  Endpoints,
  EndpointSubset,
  Pod,
  Service,
} from '#api/core/v1.gen.ts'
import { isPodReady } from '#api/meta/pods.ts'
import type { Draft } from '#api/resource-type.ts'
import { equal } from '#controllers/equal.ts'
import type { Family } from '#controllers/service-pods.ts'
import {
  familyOf,
  isHeadless,
  podAddresses,
  podHostname,
  referenceToPod,
  targetPort,
} from '#controllers/service-pods.ts'

export const managedByLabel = 'endpoints.kubernetes.io/managed-by'
export const managedByUs = 'endpoint-controller'
const headlessLabel = 'service.kubernetes.io/headless'
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity'

/** More addresses are left out, and the object says so. */
export const addressesMax = 1000

/** The Endpoints as they should be; undefined when `prior` already is that. */
export function planEndpoints(
  service: Service,
  pods: readonly Pod[],
  prior: Endpoints | undefined,
): Draft<Endpoints> | Endpoints | undefined {
  const all = subsetsOf(service, pods)
  const subsets = truncated(all)
  const labels = labelsOf(service)
  const annotations = { ...prior?.metadata.annotations }
  delete annotations[overCapacityAnnotation]
  if (subsets !== all) annotations[overCapacityAnnotation] = 'truncated'
  if (
    prior !== undefined &&
    equal(prior.subsets, subsets) &&
    equal(prior.metadata.labels, labels) &&
    equal(prior.metadata.annotations, annotations)
  ) {
    return undefined
  }
  const { name, namespace = '' } = service.metadata
  return {
    ...prior,
    metadata: { ...prior?.metadata, name, namespace, labels, annotations },
    subsets: [...subsets],
  }
}

function labelsOf(service: Service): Record<string, string> {
  const labels: Record<string, string> = { ...service.metadata.labels }
  delete labels[headlessLabel]
  if (isHeadless(service)) labels[headlessLabel] = ''
  labels[managedByLabel] = managedByUs
  return labels
}

interface Offer {
  readonly address: EndpointAddress
  readonly ready: boolean
  readonly ports: readonly EndpointPort[]
}

function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const offers = pods.flatMap((pod) => offerOf(service, pod) ?? [])
  const groups = Map.groupBy(offers, ({ ports }) => JSON.stringify(ports))
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => subsetOf(group))
}

function subsetOf(group: readonly Offer[]): EndpointSubset {
  const addresses = (ready: boolean) =>
    group
      .filter((offer) => offer.ready === ready)
      .map(({ address }) => address)
      .toSorted((a, b) => (a.ip < b.ip ? -1 : 1))
  const [ready, notReady, ports] = [addresses(true), addresses(false), group[0]?.ports ?? []]
  return {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ...(ports.length === 0 ? {} : { ports: [...ports] }),
  }
}

/** What a pod offers to the Service; undefined when nothing. */
function offerOf(service: Service, pod: Pod): Offer | undefined {
  const always = service.spec?.publishNotReadyAddresses === true
  if (!always && pod.metadata.deletionTimestamp !== undefined) return undefined
  const ip = podAddresses(pod, primaryFamily(service))[0]
  if (ip === undefined) return undefined
  const ports = portsOf(service, pod)
  const needsNoPort = isHeadless(service) && (service.spec?.ports ?? []).length === 0
  if (ports.length === 0 && !needsNoPort) return undefined
  const hostname = podHostname(pod, service)
  const address = {
    ip,
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: referenceToPod(pod),
    ...(hostname === undefined ? {} : { hostname }),
  }
  return { address, ready: always || isPodReady(pod), ports }
}

function primaryFamily({ spec }: Service): Family {
  const ip = spec?.clusterIP ?? ''
  if (ip !== '' && ip !== 'None') return familyOf(ip)
  return (spec?.ipFamilies?.[0] as Family | undefined) ?? 'IPv4'
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const servicePort of service.spec?.ports ?? []) {
    const port = targetPort(pod, servicePort)
    if (port === undefined) continue
    const { name, protocol = 'TCP', appProtocol } = servicePort
    ports.push({
      ...(name === undefined ? {} : { name }),
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })
  }
  return ports.toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
}

/** Ready addresses have the first right to a place. */
function truncated(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const count = (name: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[name]?.length ?? 0), 0)
  if (count('addresses') + count('notReadyAddresses') <= addressesMax) return subsets
  let left = addressesMax
  const take = (addresses: readonly EndpointAddress[] = []) => {
    const taken = addresses.slice(0, left)
    left -= taken.length
    return taken
  }
  const ready = subsets.map(({ addresses }) => take(addresses))
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses))
  return subsets.flatMap(({ ports }, at) => {
    const [addresses = [], notReadyAddresses = []] = [ready[at], notReady[at]]
    if (addresses.length + notReadyAddresses.length === 0) return []
    return {
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
      ...(ports === undefined ? {} : { ports }),
    }
  })
}

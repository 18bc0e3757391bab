/**
 * Makes this server the cluster's DNS: the Service that pods are told to ask, and an EndpointSlice that
 * points it here. A Service with a selector belongs to somebody's CoreDNS and is left alone.
 */
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { endpointslices, services } from '#api/resources.gen.ts'
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'
import { backoffMs } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'

export interface PublishOptions {
  readonly client: Client
  /** Such as `10.96.0.10`. */
  readonly clusterIp: string
  readonly nodeName: string
  readonly nodeIp: string
  /** Where the server listens, over UDP and TCP. */
  readonly port: number
  /** Where it serves metrics on the node's address; undefined: nowhere. */
  readonly metricsPort: number | undefined
  readonly clock: Clock
  readonly log: Logger
}

const namespace = 'kube-system'
const serviceName = 'kube-dns'
const managedBy = 'dns.k8ts.io'
/** What kubeadm's Service of CoreDNS carries. */
const labels = {
  'k8s-app': 'kube-dns',
  'kubernetes.io/cluster-service': 'true',
  'kubernetes.io/name': 'CoreDNS',
}
const retry = { initialMs: 100, maxMs: 5_000, factor: 2 } as const

/**
 * Tries until the Service and the slice are as they should be; returns false when the Service belongs to
 * somebody else. Rejects only when the signal aborts.
 */
export async function publishDns(options: PublishOptions, signal: AbortSignal): Promise<boolean> {
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted()
    try {
      return await publish(options, signal)
    } catch (error) {
      signal.throwIfAborted()
      const retryMs = backoffMs(retry, failures)
      const { log, clock } = options
      log.v(failures > 5 ? 0 : 2)?.info('publishing DNS failed', { err: String(error), retryMs })
      await clock.sleep(retryMs, signal)
    }
  }
}

/** Takes this node's endpoint away, so that nobody is sent to a server that ends. */
export async function withdrawDns(
  { client, nodeName }: Pick<PublishOptions, 'client' | 'nodeName'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.in(endpointslices, namespace).delete(sliceName(nodeName), { signal })
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error
  }
}

async function publish(options: PublishOptions, signal: AbortSignal): Promise<boolean> {
  const { client } = options
  const service = await ensure(client, services, serviceDraft(options), {
    signal,
    isRight: (found) => found.spec.selector !== undefined || servesPorts(found, options),
    repair: (found, wanted) => ({
      ...found,
      spec: { ...found.spec, ports: wanted.spec.ports ?? [] },
    }),
  })
  if (service.spec.selector !== undefined) return false
  await ensure(client, endpointslices, sliceDraft(options, service), {
    signal,
    isRight: (found) => pointsHere(found, options),
    repair: (found, { endpoints, ports }) => ({
      ...found,
      ...(endpoints === undefined ? {} : { endpoints }),
      ...(ports === undefined ? {} : { ports }),
    }),
  })
  return true
}

interface Ensured<T> {
  readonly signal: AbortSignal
  readonly isRight: (found: T) => boolean
  readonly repair: (found: T, wanted: Draft<T>) => T
}

async function ensure<T extends ApiObject>(
  client: Client,
  type: ResourceType<T>,
  wanted: Draft<T> & { metadata: { name: string } },
  { signal, isRight, repair }: Ensured<T>,
): Promise<T> {
  const objects = client.in(type, namespace)
  let found: T
  try {
    found = await objects.get(wanted.metadata.name, { signal })
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error
    return await objects.create(wanted, { signal })
  }
  return isRight(found) ? found : await objects.update(repair(found, wanted), { signal })
}

function serviceDraft(options: PublishOptions): Draft<Service> & { metadata: { name: string } } {
  const metrics =
    options.metricsPort === undefined
      ? {}
      : { annotations: { 'prometheus.io/port': '9153', 'prometheus.io/scrape': 'true' } }
  return {
    metadata: { name: serviceName, namespace, labels, ...metrics },
    spec: {
      clusterIP: options.clusterIp,
      ports: ports(options).map(({ name, protocol, port, target }) => {
        return { name, protocol, port, targetPort: target }
      }),
    },
  }
}

function sliceDraft(
  options: PublishOptions,
  service: Service,
): Draft<EndpointSlice> & { metadata: { name: string } } {
  const { nodeIp, nodeName } = options
  return {
    metadata: {
      name: sliceName(nodeName),
      namespace,
      labels: {
        ...labels,
        'kubernetes.io/service-name': serviceName,
        'endpointslice.kubernetes.io/managed-by': managedBy,
      },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: serviceName,
          uid: service.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    addressType: nodeIp.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [
      {
        addresses: [nodeIp],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName,
      },
    ],
    ports: ports(options).map(({ name, protocol, target }) => ({ name, protocol, port: target })),
  }
}

interface PublishedPort {
  readonly name: string
  readonly protocol: 'UDP' | 'TCP'
  readonly port: number
  readonly target: number
}

function ports({ port, metricsPort }: PublishOptions): PublishedPort[] {
  return [
    { name: 'dns', protocol: 'UDP', port: 53, target: port },
    { name: 'dns-tcp', protocol: 'TCP', port: 53, target: port },
    ...(metricsPort === undefined
      ? []
      : ([{ name: 'metrics', protocol: 'TCP', port: 9153, target: metricsPort }] as const)),
  ]
}

function servesPorts(service: Service, options: PublishOptions): boolean {
  const have = new Set((service.spec.ports ?? []).map((port) => `${port.name} ${port.protocol}`))
  return ports(options).every((port) => have.has(`${port.name} ${port.protocol}`))
}

function pointsHere(slice: EndpointSlice, options: PublishOptions): boolean {
  const [endpoint] = slice.endpoints ?? []
  if (endpoint?.addresses[0] !== options.nodeIp || endpoint.conditions?.ready !== true) return false
  return ports(options).every((wanted) =>
    (slice.ports ?? []).some((port) => port.name === wanted.name && port.port === wanted.target),
  )
}

function sliceName(nodeName: string): string {
  return `${serviceName}-${nodeName}`
}

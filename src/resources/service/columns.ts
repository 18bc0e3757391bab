/** Upstream: pkg/printers/internalversion/printers.go, printService. */
import type { Service, ServicePort } from '#api/core/v1.gen.ts'
import { ageColumn, formatLabels, nameColumn, stringColumn, wide } from '#resources/columns.ts'
import type { Column } from '#resources/resource.ts'

export const serviceColumns: readonly Column<Service>[] = [
  nameColumn(),
  stringColumn(
    'Type',
    'type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer.',
    ({ spec }) => spec.type ?? '',
  ),
  stringColumn(
    'Cluster-IP',
    'clusterIP is the IP address of the service and is usually assigned randomly.',
    ({ spec }) => spec.clusterIPs?.[0] ?? '<none>',
  ),
  stringColumn(
    'External-IP',
    'externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.',
    externalIp,
  ),
  stringColumn('Port(s)', 'The list of ports that are exposed by this service.', ({ spec }) =>
    (spec.ports ?? []).length === 0 ? '<none>' : (spec.ports ?? []).map(formatPort).join(','),
  ),
  ageColumn(),
  wide(
    stringColumn(
      'Selector',
      'Route service traffic to pods with label keys and values matching this selector.',
      ({ spec }) => formatLabels(spec.selector),
    ),
  ),
]

function formatPort({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`
}

function externalIp(service: Service): string {
  const { spec } = service
  const external = spec.externalIPs ?? []
  switch (spec.type ?? '') {
    case 'ClusterIP':
    case 'NodePort':
      return external.length > 0 ? external.join(',') : '<none>'
    case 'LoadBalancer':
      return [...balancerAddresses(service), ...external].join(',') || '<pending>'
    case 'ExternalName':
      return spec.externalName ?? ''
    default:
      return '<unknown>'
  }
}

function balancerAddresses({ status }: Service): readonly string[] {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname)
  return [...new Set(addresses.filter((address) => address !== undefined))].toSorted()
}

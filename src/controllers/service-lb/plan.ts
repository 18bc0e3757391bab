/** Which addresses a Service of type LoadBalancer is reached at when the nodes themselves balance. */
import type { LoadBalancerIngress, Node, Service } from '#api/core/v1.gen.ts'
import { isConditionTrue } from '#api/meta/conditions.ts'
import type { Family } from '#controllers/service-pods.ts'
import { familyOf } from '#controllers/service-pods.ts'

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'

/** Not ours are those that ask for an implementation by class. */
export function isBalanced({ spec }: Service): boolean {
  return spec?.type === 'LoadBalancer' && spec.loadBalancerClass === undefined
}

/**
 * The addresses of the nodes that are ready: external ones where a node has any, of the Service's
 * families. With the Local policy only nodes that run an endpoint count.
 */
export function ingressOf(
  service: Service,
  nodes: readonly Node[],
  nodesWithEndpoints: ReadonlySet<string>,
): readonly LoadBalancerIngress[] {
  const families = (service.spec?.ipFamilies ?? ['IPv4']) as readonly Family[]
  const isLocal = service.spec?.externalTrafficPolicy === 'Local'
  const ips = nodes
    .filter((node) => isEligible(node) && (!isLocal || nodesWithEndpoints.has(node.metadata.name)))
    .flatMap((node) => addressesOf(node, families))
  return [...new Set(ips)].toSorted().map((ip) => ({ ip, ipMode: 'VIP' }))
}

function isEligible({ metadata, status }: Node): boolean {
  return (
    metadata.labels?.[excludeLabel] === undefined && isConditionTrue(status?.conditions, 'Ready')
  )
}

function addressesOf({ status }: Node, families: readonly Family[]): readonly string[] {
  const ofType = (wanted: string) =>
    (status?.addresses ?? [])
      .filter(({ type, address }) => type === wanted && families.includes(familyOf(address)))
      .map(({ address }) => address)
  const external = ofType('ExternalIP')
  return external.length > 0 ? external : ofType('InternalIP')
}

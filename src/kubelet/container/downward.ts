/**
 * What a pod may learn of itself: fieldRef and resourceFieldRef, as text.
 * Upstream: pkg/fieldpath/fieldpath.go, pkg/api/v1/resource/helpers.go at v1.36.
 */
import type { Pod, ResourceFieldSelector } from '#api/core/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { parseQuantity, scaledValue } from '#api/meta/quantity.ts'

export interface PodFacts {
  readonly pod: Pod
  readonly hostIps: readonly string[]
  readonly podIps: readonly string[]
  /** The node's allocatable amounts, which stand for limits that are not set. */
  readonly allocatable: Readonly<Record<string, string>>
}

const subscripted = /^metadata\.(labels|annotations)\['(.+)'\]$/

/** The value of a field; throws when the path names none. */
export function fieldValue(path: string, { pod, hostIps, podIps }: PodFacts): string {
  const { metadata, spec } = pod
  const member = subscripted.exec(path)
  if (member !== null) {
    const map = member[1] === 'labels' ? metadata.labels : metadata.annotations
    return map?.[member[2] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.annotations':
      return formatMap(metadata.annotations)
    case 'metadata.labels':
      return formatMap(metadata.labels)
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? ''
    case 'status.hostIP':
      return hostIps[0] ?? ''
    case 'status.hostIPs':
      return hostIps.join(',')
    case 'status.podIP':
      return podIps[0] ?? ''
    case 'status.podIPs':
      return podIps.join(',')
    default:
      throw new Error(`unsupported fieldPath: ${path}`)
  }
}

function formatMap(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${goQuote(map[key] ?? '')}`)
    .join('\n')
}

/** An amount in units of the divisor, rounded up; throws when the container or the resource is none. */
export function resourceValue(
  selector: ResourceFieldSelector,
  facts: PodFacts,
  containerName: string,
): string {
  const name = selector.containerName ?? containerName
  const { spec } = facts.pod
  const container = [...spec.containers, ...(spec.initContainers ?? [])].find(
    (each) => each.name === name,
  )
  if (container === undefined) throw new Error(`container ${name} not found`)
  const [side, resource] = split(selector.resource)
  const resources = container.resources ?? {}
  const amount =
    side === 'limits'
      ? (resources.limits?.[resource] ?? facts.allocatable[resource])
      : resources.requests?.[resource]
  return inUnits(resource, amount ?? '0', selector.divisor)
}

const resources = ['cpu', 'memory', 'ephemeral-storage'] as const

function split(path: string): ['limits' | 'requests', string] {
  const dot = path.indexOf('.')
  const side = path.slice(0, dot)
  const resource = path.slice(dot + 1)
  const known = resources.some((each) => each === resource) || resource.startsWith('hugepages-')
  if ((side !== 'limits' && side !== 'requests') || !known) {
    throw new Error(`unsupported container resource : ${path}`)
  }
  return [side, resource]
}

function inUnits(resource: string, amount: string, divisor: string | undefined): string {
  const unit = divisor === undefined || divisor === '0' ? '1' : divisor
  // A cpu is counted in thousandths, everything else in whole units.
  const scale = resource === 'cpu' ? -3 : 0
  const whole = scaledValue(parseQuantity(amount), scale)
  const by = scaledValue(parseQuantity(unit), scale)
  return String((whole + by - 1n) / by)
}

/**
 * Fits endpoints into slices of limited size with as few writes as possible: what is in a slice stays
 * there, new endpoints go where there is a write anyway, then where there is room, then into new slices.
 * Upstream: staging/src/k8s.io/endpointslice/reconciler.go at v1.36.
 */
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/discovery/v1.gen.ts'
import { equal } from '#controllers/equal.ts'

/** Endpoints that share their ports. */
export interface Desired {
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

export interface SlicePlan {
  readonly create: readonly Desired[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

export interface SliceRules {
  readonly endpointsMax: number
  /** The slice with the labels and owners that it should have; the same object if it has them. */
  readonly dress: (slice: EndpointSlice) => EndpointSlice
}

/** `existing` are the slices of one Service and one address family. */
export function planSlices(
  desired: readonly Desired[],
  existing: readonly EndpointSlice[],
  rules: SliceRules,
): SlicePlan {
  const byPorts = new Map(desired.map((group) => [portsKey(group.ports), group]))
  const grouped = Map.groupBy(existing, ({ ports }) => portsKey(ports ?? []))
  const plan = {
    create: [] as Desired[],
    update: [] as EndpointSlice[],
    remove: [] as EndpointSlice[],
  }
  for (const [key, slices] of grouped) {
    if (!byPorts.has(key)) plan.remove.push(...slices)
  }
  for (const [key, group] of byPorts) planGroup(group, grouped.get(key) ?? [], { rules, plan })
  return withPlaceholder(plan, existing, rules)
}

interface Planning {
  readonly rules: SliceRules
  readonly plan: { create: Desired[]; update: EndpointSlice[]; remove: EndpointSlice[] }
}

function planGroup(
  { ports, endpoints }: Desired,
  existing: readonly EndpointSlice[],
  { rules, plan }: Planning,
): void {
  const missing = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
  const kept = existing.map((slice) => keep(slice, missing, rules))
  const left = [...missing.values()]
  for (const each of kept) {
    if (each.changed)
      each.endpoints.push(...left.splice(0, rules.endpointsMax - each.endpoints.length))
  }
  const roomiest = kept
    .filter((each) => !each.changed && each.endpoints.length + left.length <= rules.endpointsMax)
    .toSorted((a, b) => b.endpoints.length - a.endpoints.length)[0]
  if (roomiest !== undefined && left.length > 0) {
    roomiest.endpoints.push(...left.splice(0))
    roomiest.changed = true
  }
  for (const { slice, endpoints: content, changed } of kept) {
    if (content.length === 0) plan.remove.push(slice)
    else if (changed) plan.update.push({ ...rules.dress(slice), endpoints: content })
  }
  while (left.length > 0) plan.create.push({ ports, endpoints: left.splice(0, rules.endpointsMax) })
}

interface Kept {
  readonly slice: EndpointSlice
  readonly endpoints: Endpoint[]
  changed: boolean
}

/** What stays in the slice, in its new state; it is taken out of `missing`. */
function keep(slice: EndpointSlice, missing: Map<string, Endpoint>, rules: SliceRules): Kept {
  const endpoints: Endpoint[] = []
  let changed = rules.dress(slice) !== slice
  for (const prior of slice.endpoints ?? []) {
    const key = endpointKey(prior)
    const next = missing.get(key)
    missing.delete(key)
    if (next !== undefined) endpoints.push(next)
    if (next === undefined || !equal(prior, next)) changed = true
  }
  return { slice, endpoints, changed }
}

/** A Service without endpoints has one empty slice, so that readers see that it was looked at. */
function withPlaceholder(
  { create, update, remove }: SlicePlan,
  existing: readonly EndpointSlice[],
  rules: SliceRules,
): SlicePlan {
  if (create.length > 0 || remove.length < existing.length) return { create, update, remove }
  const reused = remove.find((slice) => rules.dress(slice) === slice && isPlaceholder(slice))
  return reused === undefined
    ? { create: [{ ports: [], endpoints: [] }], update, remove }
    : { create, update, remove: remove.filter((slice) => slice !== reused) }
}

function isPlaceholder({ ports = [], endpoints = [] }: EndpointSlice): boolean {
  return ports.length + endpoints.length === 0
}

export function portsKey(ports: readonly EndpointPort[]): string {
  return ports
    .map(({ name = '', port, protocol = 'TCP', appProtocol = '' }) =>
      [name, port, protocol, appProtocol].join('/'),
    )
    .toSorted()
    .join()
}

function endpointKey({ addresses, targetRef }: Endpoint): string {
  return `${addresses.join()} ${targetRef?.uid ?? ''}`
}

/**
 * What a pod asks for in all, exactly. Upstream:
 * staging/src/k8s.io/component-helpers/resource/helpers.go, PodRequests and PodLimits.
 */
import type { Container, PodSpec } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer } from '#api/meta/pods.ts'
import { addQuantities, compareQuantities } from '#api/meta/quantity.ts'

export type Quantities = Readonly<Record<string, string>>

/** The resources whose pod-level amounts replace the sum over the containers. */
const podLevel = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')

export interface PodQuantitiesOptions {
  readonly of: 'requests' | 'limits'
  /** Whether the runtime class' overhead counts; for limits, only to limits that there are. */
  readonly overhead: boolean
}

export function podQuantities(spec: PodSpec, options: PodQuantitiesOptions): Quantities {
  const amounts = containerSum(spec, options.of)
  for (const [name, amount] of Object.entries(spec.resources?.[options.of] ?? {})) {
    if (podLevel(name)) amounts[name] = amount
  }
  if (!options.overhead) return amounts
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    const known = amounts[name]
    if (known !== undefined) amounts[name] = addQuantities(known, amount)
    else if (options.of === 'requests') amounts[name] = amount
  }
  return amounts
}

/** `a` and `b` together. */
export function sum(a: Quantities, b: Quantities): Quantities {
  const total: Record<string, string> = { ...a }
  addTo(total, b)
  return total
}

/**
 * Containers run together; init containers before them, one after the other, beside the restartable
 * ones that were started earlier.
 */
function containerSum(spec: PodSpec, of: 'requests' | 'limits'): Record<string, string> {
  const total: Record<string, string> = {}
  for (const container of spec.containers) addTo(total, amountsOf(container, of))
  const running: Record<string, string> = {}
  const peak: Record<string, string> = {}
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container, of)
    if (isRestartableInitContainer(container)) {
      addTo(total, own)
      addTo(running, own)
      raiseTo(peak, running)
    } else {
      raiseTo(peak, sum(running, own))
    }
  }
  raiseTo(total, peak)
  return total
}

function amountsOf({ resources }: Container, of: 'requests' | 'limits'): Quantities {
  return resources?.[of] ?? {}
}

function addTo(total: Record<string, string>, amounts: Quantities): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const known = total[name]
    total[name] = known === undefined ? amount : addQuantities(known, amount)
  }
}

function raiseTo(total: Record<string, string>, amounts: Quantities): void {
  for (const [name, amount] of Object.entries(amounts)) {
    const known = total[name]
    if (known === undefined || compareQuantities(amount, known) > 0) total[name] = amount
  }
}

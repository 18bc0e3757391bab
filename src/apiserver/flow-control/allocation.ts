/**
 * How many seats each priority level has: its share of the server's, plus what others do not use now.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/flowcontrol/{conc_alloc,apf_controller}.go, v1.36.
 */
import type { PriorityLevelConfigurationSpec } from '#api/flowcontrol/v1.gen.ts'

export interface SeatBounds {
  readonly nominal: number
  /** What it keeps whatever others need. */
  readonly lower: number
  /** What it may have when others need nothing. */
  readonly upper: number
}

export function boundsOf(
  specs: ReadonlyMap<string, PriorityLevelConfigurationSpec>,
  totalSeats: number,
): ReadonlyMap<string, SeatBounds> {
  let sum = 0
  for (const spec of specs.values()) sum += sharesOf(spec)
  const bounds = new Map<string, SeatBounds>()
  for (const [name, spec] of specs) {
    const nominal = sum === 0 ? 0 : Math.ceil((totalSeats * sharesOf(spec)) / sum)
    const lendable = Math.round((nominal * (partOf(spec)?.lendablePercent ?? 0)) / 100)
    const percent = spec.limited?.borrowingLimitPercent
    const borrowing = percent === undefined ? totalSeats : Math.round((nominal * percent) / 100)
    bounds.set(name, { nominal, lower: nominal - lendable, upper: nominal + borrowing })
  }
  return bounds
}

function partOf(spec: PriorityLevelConfigurationSpec) {
  return spec.type === 'Exempt' ? spec.exempt : spec.limited
}

function sharesOf(spec: PriorityLevelConfigurationSpec): number {
  return partOf(spec)?.nominalConcurrencyShares ?? 0
}

export interface Claim extends SeatBounds {
  /** The most seats that were wanted at once since the last time. */
  readonly high: number
  /** What is wanted usually. */
  readonly smooth: number
}

/**
 * Divides the seats: everybody first gets what they may insist on, the rest goes where it is wanted, in
 * proportion. In the order of the claims.
 */
export function allocate(claims: readonly Claim[], totalSeats: number): readonly number[] {
  const items = claims.map((claim) => {
    const least = Math.max(claim.lower, Math.min(claim.nominal, claim.high))
    return { least, target: Math.max(least, claim.smooth, 1), most: claim.upper }
  })
  const at = (proportion: number): number[] =>
    items.map(({ least, target, most }) => Math.min(most, Math.max(least, proportion * target)))
  const sum = (seats: readonly number[]): number => seats.reduce((a, b) => a + b, 0)
  // The sum rises with the proportion: halve the interval until it fits.
  let low = 0
  let high = totalSeats
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (sum(at(middle)) > totalSeats) high = middle
    else low = middle
  }
  return at(low).map((seats) => Math.max(1, Math.round(seats)))
}

/** How much of the usual demand is remembered from one adjustment to the next. */
export const seatDemandSmoothing = 0.977

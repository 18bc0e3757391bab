/** The comparisons of a LimitRange, with upstream's texts (plugin/pkg/admission/limitranger/admission.go). */
import type { LimitRangeItem } from '#api/core/v1.gen.ts'
import {
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  scaledValue,
} from '#api/meta/quantity.ts'
import type { Quantities } from './pod-quantities.ts'

/** For kinds that have requests and limits. */
export function limitErrors(
  item: LimitRangeItem,
  requests: Quantities,
  limits: Quantities,
): string[] {
  const { type } = item
  return [
    ...each(item.min, (name, bound) =>
      belowMin({ type, name, bound }, requests[name], limits[name]),
    ),
    ...each(item.max, (name, bound) =>
      aboveMax({ type, name, bound }, requests[name], limits[name]),
    ),
    ...each(item.maxLimitRequestRatio, (name, bound) =>
      aboveRatio({ type, name, bound }, requests[name], limits[name]),
    ),
  ]
}

/** For claims, which only have requests. */
export function requestErrors(item: LimitRangeItem, requests: Quantities): string[] {
  const { type } = item
  return [
    ...each(item.min, (name, bound) => belowMin({ type, name, bound }, requests[name], undefined)),
    ...each(item.max, (name, bound) => aboveMaxRequest({ type, name, bound }, requests[name])),
  ]
}

interface Bound {
  readonly type: string
  readonly name: string
  readonly bound: string
}

function each(
  bounds: Quantities | undefined,
  check: (name: string, bound: string) => string | undefined,
): string[] {
  return Object.entries(bounds ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, bound]) => check(name, bound) ?? [])
}

function belowMin(
  { type, name, bound }: Bound,
  request: string | undefined,
  limit: string | undefined,
): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${canonicalQuantity(bound)}`
  if (request === undefined) return `${text}.  No request is specified`
  if (less(request, bound)) return `${text}, but request is ${canonicalQuantity(request)}`
  if (limit !== undefined && less(limit, bound)) {
    return `${text}, but limit is ${canonicalQuantity(limit)}`
  }
  return undefined
}

function aboveMax(
  { type, name, bound }: Bound,
  request: string | undefined,
  limit: string | undefined,
): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${canonicalQuantity(bound)}`
  if (limit === undefined) return `${text}.  No limit is specified`
  if (less(bound, limit)) return `${text}, but limit is ${canonicalQuantity(limit)}`
  if (request !== undefined && less(bound, request)) {
    return `${text}, but request is ${canonicalQuantity(request)}`
  }
  return undefined
}

function aboveMaxRequest(
  { type, name, bound }: Bound,
  request: string | undefined,
): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${canonicalQuantity(bound)}`
  if (request === undefined) return `${text}.  No request is specified`
  return less(bound, request) ? `${text}, but request is ${canonicalQuantity(request)}` : undefined
}

function aboveRatio(
  { type, name, bound }: Bound,
  request: string | undefined,
  limit: string | undefined,
): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${canonicalQuantity(bound)}`
  const asked = milli(request)
  const most = milli(limit)
  if (asked === 0) return `${text}, but no request is specified or request is 0`
  if (most === 0) return `${text}, but no limit is specified or limit is 0`
  const ratio = most / asked
  return ratio * 1000 > milli(bound)
    ? `${text}, but provided ratio is ${ratio.toFixed(6)}`
    : undefined
}

function less(a: string, b: string): boolean {
  return compareQuantities(a, b) < 0
}

function milli(quantity: string | undefined): number {
  return quantity === undefined ? 0 : Number(scaledValue(parseQuantity(quantity), -3))
}

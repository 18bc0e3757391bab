/** Upstream: pkg/registry/core/service/storage/alloc.go, allocClusterIPs, updateClusterIPs. */
import type { ServiceSpec } from '#api/core/v1.gen.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import { internalError } from '#api/meta/status.ts'
import { parseIp } from '#resources/checks/ip.ts'
import { InvalidService } from './invalid-service.ts'
import { isUnchangedPreferDual } from './ip-families.ts'
import { AllocationError } from './pools.ts'
import type { Reservation } from './reservation.ts'
import { isExternalName, isHeadless } from './spec.ts'

/** Throws {@link InvalidService} when an address that was asked for cannot be had. */
export function allocateClusterIps(
  reservation: Reservation,
  next: ServiceSpec,
  prior: ServiceSpec | undefined,
): void {
  if (prior === undefined || (isExternalName(prior) && !isExternalName(next))) {
    if (!isExternalName(next) && !isHeadless(next)) takeAll(reservation, next, 0)
    return
  }
  if (isUnchangedPreferDual(next, prior) || isHeadless(prior) || isExternalName(prior)) return
  const before = prior.clusterIPs ?? []
  if (isExternalName(next)) {
    for (const ip of before) reservation.freeAddress(ip)
    return
  }
  const families = (next.ipFamilies ?? []).length
  if (before.length === 1 && families === 2) takeAll(reservation, next, 1)
  const second = before[1]
  if (second !== undefined && families === 1) reservation.freeAddress(second)
}

/** Addresses of the families from an index on. */
function takeAll(reservation: Reservation, spec: ServiceSpec, from: number): void {
  const ips = [...(spec.clusterIPs ?? [])]
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    const pool = reservation.poolOf(family)
    if (i < from || pool === undefined) continue
    const asked = ips[i] ?? ''
    if (asked !== '' && parseIp(asked) === undefined) return // validation says what is wrong with it
    ips[i] = take(spec, asked, () => reservation.takeAddress(pool, asked))
  }
  spec.clusterIPs = ips
  if (from === 0 && ips[0] !== undefined) spec.clusterIP = ips[0]
}

function take(spec: ServiceSpec, asked: string, allocate: () => string): string {
  try {
    return allocate()
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
    if (asked === '') throw internalError(`failed to allocate a serviceIP: ${error.message}`)
    const text = `failed to allocate IP ${asked}: ${error.message}`
    throw new InvalidService([invalidValue('spec.clusterIPs', spec.clusterIPs, text)])
  }
}

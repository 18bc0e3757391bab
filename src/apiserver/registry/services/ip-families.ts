/**
 * Which address families a Service has: asked for, inferred from its addresses, or the cluster's own.
 * Upstream: pkg/registry/core/service/storage/alloc.go, initIPFamilyFields.
 */
import type { ServiceSpec } from '#api/core/v1.gen.ts'
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { familyOf } from '#resources/checks/ip.ts'
import { hasSelector, isExternalName, sameList } from './spec.ts'

/** Fills in `ipFamilyPolicy` and `ipFamilies`. `families` are the cluster's, its own first. */
export function initIpFamilies(
  next: ServiceSpec,
  prior: ServiceSpec | undefined,
  families: readonly string[],
): readonly FieldError[] {
  if (isExternalName(next) || isUnchangedPreferDual(next, prior)) return []
  next.ipFamilyPolicy ??= defaultPolicy(next, prior)
  const errors = [...(prior === undefined ? [] : reconcile(next, prior)), ...checkPolicy(next)]
  errors.push(...inferFamilies(next, families))
  if (errors.length > 0) return errors
  if (next.clusterIP === 'None' && !hasSelector(next)) {
    initHeadless(next, families)
    return []
  }
  const unavailable = checkAvailable(next, families)
  if (unavailable.length > 0) return unavailable
  if ((next.ipFamilies ?? []).length === 0) next.ipFamilies = families.slice(0, 1)
  if (next.ipFamilyPolicy !== 'SingleStack' && families.length === 2) addOtherFamily(next)
  return []
}

/** PreferDualStack Services are not changed by the cluster having changed. */
export function isUnchangedPreferDual(next: ServiceSpec, prior: ServiceSpec | undefined): boolean {
  return (
    prior !== undefined &&
    prior.type === next.type &&
    next.ipFamilyPolicy === 'PreferDualStack' &&
    prior.ipFamilyPolicy === 'PreferDualStack' &&
    sameList(prior.clusterIPs, next.clusterIPs) &&
    sameList(prior.ipFamilies, next.ipFamilies)
  )
}

function defaultPolicy(next: ServiceSpec, prior: ServiceSpec | undefined): string {
  if (prior?.ipFamilyPolicy !== undefined) return prior.ipFamilyPolicy
  return next.clusterIP === 'None' && !hasSelector(next) ? 'RequireDualStack' : 'SingleStack'
}

/** On updates: to ask for a single stack releases the second one; anything else may not drop it. */
function reconcile(next: ServiceSpec, prior: ServiceSpec): FieldError[] {
  const ips = next.clusterIPs ?? []
  const families = next.ipFamilies ?? []
  if (next.ipFamilyPolicy === 'SingleStack') {
    if (ips.length > 1 && sameList(prior.clusterIPs, ips)) next.clusterIPs = ips.slice(0, 1)
    if (families.length > 1 && sameList(prior.ipFamilies, families)) {
      next.ipFamilies = families.slice(0, 1)
    }
    return []
  }
  const errors: FieldError[] = []
  if (ips.length > 0 && ips.length < (prior.clusterIPs ?? []).length) {
    errors.push(policyError(next, "must be 'SingleStack' to release the secondary cluster IP"))
  }
  if (families.length > 0 && families.length < (prior.ipFamilies ?? []).length) {
    errors.push(policyError(next, "must be 'SingleStack' to release the secondary IP family"))
  }
  return errors
}

function checkPolicy(next: ServiceSpec): FieldError[] {
  if (next.ipFamilyPolicy !== 'SingleStack') return []
  const text = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
  const errors: FieldError[] = []
  if (next.clusterIPs?.length === 2) {
    errors.push(policyError(next, `${text} cluster IPs are specified`))
  }
  if (next.ipFamilies?.length === 2) {
    errors.push(policyError(next, `${text} IP families are specified`))
  }
  return errors
}

/** Addresses that were given say which families are meant. */
function inferFamilies(next: ServiceSpec, families: readonly string[]): FieldError[] {
  const errors: FieldError[] = []
  for (const [i, ip] of (next.clusterIPs ?? []).entries()) {
    if (ip === 'None') break
    const family = familyOf(ip)
    if (family === undefined || i < (next.ipFamilies ?? []).length) continue
    if (families.includes(family)) next.ipFamilies = [...(next.ipFamilies ?? []), family]
    else {
      const text = `${family} is not configured on this cluster`
      errors.push(invalidValue(`spec.clusterIPs[${i}]`, next.clusterIPs, text))
    }
  }
  return errors
}

/** Without a selector nobody knows the endpoints' families: both are possible. */
function initHeadless(next: ServiceSpec, families: readonly string[]): void {
  if ((next.ipFamilies ?? []).length === 0) next.ipFamilies = families.slice(0, 1)
  if (next.ipFamilyPolicy !== 'SingleStack') addOtherFamily(next)
}

function checkAvailable(next: ServiceSpec, families: readonly string[]): FieldError[] {
  const errors: FieldError[] = []
  if (next.ipFamilyPolicy === 'RequireDualStack' && families.length < 2) {
    errors.push(policyError(next, 'this cluster is not configured for dual-stack services'))
  }
  for (const [i, family] of (next.ipFamilies ?? []).entries()) {
    if (families.includes(family)) continue
    errors.push(invalidValue(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'))
  }
  return errors
}

function addOtherFamily(next: ServiceSpec): void {
  const [only, ...others] = next.ipFamilies ?? []
  if (only === undefined || others.length > 0) return
  next.ipFamilies = [only, only === 'IPv4' ? 'IPv6' : 'IPv4']
}

function policyError(spec: ServiceSpec, text: string): FieldError {
  return invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy, text)
}

/** Upstream: pkg/apis/core/validation/validation.go, ValidateServiceClusterIPsRelatedFields. */
import type { ServiceSpec } from '#api/core/v1.gen.ts'
import { duplicate, invalidValue, required } from '#api/meta/field-error.ts'
import { checkSupported, empty, type Errors } from '#resources/checks/checks.ts'
import { checkIp, familyOf, isDualStack } from '#resources/checks/ip.ts'
import { headless, isHeadless } from './kinds.ts'

const families = ['IPv4', 'IPv6']
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
const path = 'spec.clusterIPs'

export function checkClusterIps(spec: ServiceSpec, errors: Errors): void {
  if (spec.type === 'ExternalName') return
  const ips = spec.clusterIPs ?? []
  checkFirst(spec, ips, errors)
  checkFamilies(spec, errors)
  if (!checkEach(ips, errors)) return
  if (ips.length > 1 && !isDualStack(ips)) {
    const detail = 'may specify no more than one IP for each IP family'
    errors.push(invalidValue(path, ips, detail))
  }
  if (!isHeadless(spec)) checkIpsOfFamilies(spec, ips, errors)
}

function checkFirst(spec: ServiceSpec, ips: readonly string[], errors: Errors): void {
  if (empty(spec.clusterIP)) {
    if (ips.length === 0) return
    errors.push(invalidValue(path, ips, 'must be empty when `clusterIP` is not specified'))
  } else if (ips.length === 0) errors.push(required(path, ''))
  else if (ips[0] !== spec.clusterIP) {
    errors.push(invalidValue(path, ips, 'first value must match `clusterIP`'))
  }
}

function checkFamilies(spec: ServiceSpec, errors: Errors): void {
  spec.ipFamilies?.forEach((family, at, all) => {
    checkSupported(family, families, `spec.ipFamilies[${at}]`, errors)
    if (all.indexOf(family) < at) errors.push(duplicate(`spec.ipFamilies[${at}]`, family))
  })
  checkSupported(spec.ipFamilyPolicy, familyPolicies, 'spec.ipFamilyPolicy', errors)
}

/** False when a wrong address would only lead to more errors. */
function checkEach(ips: readonly string[], errors: Errors): boolean {
  let valid = true
  ips.forEach((ip, at) => {
    if (at === 0 && ip === headless) {
      if (ips.length === 1) return
      valid = false
      errors.push(invalidValue(path, ips, "'None' must be the first and only value"))
    } else if (!checkIp(ip, `${path}[${at}]`, errors)) valid = false
  })
  if (ips.length > 2) errors.push(invalidValue(path, ips, 'may only hold up to 2 values'))
  return valid
}

function checkIpsOfFamilies(spec: ServiceSpec, ips: readonly string[], errors: Errors): void {
  ips.forEach((ip, at) => {
    const family = spec.ipFamilies?.[at]
    if (family === undefined || familyOf(ip) === family || !families.includes(family)) return
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${at}]\``
    errors.push(invalidValue(`${path}[${at}]`, ip, detail))
  })
}

/** Upstream: pkg/apis/core/validation/validation.go, ValidateServiceUpdate, ValidateServiceStatusUpdate. */
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { checkSubdomain, empty, type Errors } from '#resources/checks/checks.ts'
import { checkIp, isIp } from '#resources/checks/ip.ts'
import { isHeadless, needsHealthCheck } from './kinds.ts'
import { validateService } from './validate.ts'

const fixed = 'may not change once set'

export function validateServiceUpdate(next: Service, prior: Service): readonly FieldError[] {
  const errors: FieldError[] = []
  const after = next.spec
  const before = prior.spec
  if (after.type !== 'ExternalName' && before.type !== 'ExternalName') {
    if (!isHeadless(after) || !isHeadless(before)) checkIpsKept(after, before, errors)
    if (!isHeadless(after) && !isHeadless(before)) checkFamiliesKept(after, before, errors)
  }
  const balanced = after.type === 'LoadBalancer' && before.type === 'LoadBalancer'
  if (balanced && after.loadBalancerClass !== before.loadBalancerClass) {
    errors.push(invalidValue('spec.loadBalancerClass', after.loadBalancerClass, fixed))
  }
  const checked = needsHealthCheck(before) && needsHealthCheck(after)
  if (checked && after.healthCheckNodePort !== before.healthCheckNodePort) {
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'))
  }
  return [...errors, ...validateService(next)]
}

/** A second address may come and go; the first stays. */
function checkIpsKept(after: ServiceSpec, before: ServiceSpec, errors: Errors): void {
  const ips = after.clusterIPs ?? []
  const old = before.clusterIPs ?? []
  const path = 'spec.clusterIPs'
  if (old.length === ips.length) {
    old.forEach((ip, at) => {
      if (ip !== ips[at]) errors.push(invalidValue(`${path}[${at}]`, ips, fixed))
    })
    return
  }
  if (ips.length === 0) {
    errors.push(invalidValue(`${path}[0]`, ips, 'primary clusterIP can not be unset'))
  } else if (old.length > 0 && ips[0] !== old[0]) {
    errors.push(invalidValue(`${path}[0]`, ips, fixed))
  }
  if (old.length > ips.length && ips.length === 1) {
    checkSingleStack(after, 'clusterIP', errors)
  }
}

function checkFamiliesKept(after: ServiceSpec, before: ServiceSpec, errors: Errors): void {
  const families = after.ipFamilies ?? []
  const old = before.ipFamilies ?? []
  const path = 'spec.ipFamilies[0]'
  if (old.length === families.length) {
    old.forEach((family, at) => {
      if (family !== families[at]) errors.push(invalidValue(path, families, fixed))
    })
    return
  }
  if (old.length > families.length && (after.clusterIPs ?? []).length === 0) {
    errors.push(invalidValue(path, families, 'primary ipFamily can not be unset'))
  }
  if (old.length > 0 && families.length > 0 && families[0] !== old[0]) {
    errors.push(invalidValue(path, after.clusterIPs ?? [], fixed))
  }
  if (old.length > families.length && families.length === 1) {
    checkSingleStack(after, 'ipFamily', errors)
  }
}

function checkSingleStack(
  spec: ServiceSpec,
  released: 'clusterIP' | 'ipFamily',
  errors: Errors,
): void {
  if (spec.ipFamilyPolicy === 'SingleStack') return
  const detail = `must be set to 'SingleStack' when releasing the secondary ${released}`
  errors.push(invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy, detail))
}

export function validateServiceStatusUpdate(service: Service): readonly FieldError[] {
  const errors: FieldError[] = []
  const ingresses = service.status?.loadBalancer?.ingress ?? []
  const path = 'status.loadBalancer.ingress'
  if (service.spec.type !== 'LoadBalancer' && ingresses.length > 0) {
    const detail = "may only be used when `spec.type` is 'LoadBalancer'"
    return [forbiddenField(path, detail)]
  }
  ingresses.forEach(({ ip, ipMode, hostname }, at) => {
    const here = `${path}[${at}]`
    if (!empty(ip)) checkIp(ip, `${here}.ip`, errors)
    checkIpMode(ip, ipMode, `${here}.ipMode`, errors)
    if (empty(hostname)) return
    checkSubdomain(hostname, `${here}.hostname`, errors)
    if (!isIp(hostname)) return
    const detail = 'must be a DNS name, not an IP address'
    errors.push(invalidValue(`${here}.hostname`, hostname, detail))
  })
  return errors
}

function checkIpMode(
  ip: string | undefined,
  mode: string | undefined,
  path: string,
  errors: Errors,
): void {
  if (mode === undefined) {
    if (!empty(ip)) errors.push(required(path, 'must be specified when `ip` is set'))
  } else if (empty(ip)) {
    errors.push(forbiddenField(path, 'may not be specified when `ip` is not set'))
  } else if (mode !== 'VIP' && mode !== 'Proxy') {
    errors.push(notSupported(path, mode, ['Proxy', 'VIP']))
  }
}

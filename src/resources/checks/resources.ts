/**
 * Names and amounts of compute resources, with quick paths for the quantities that nearly all pods have.
 * Upstream: pkg/apis/core/helper/helpers.go, pkg/apis/core/validation/validation.go.
 */
import { invalidValue } from '#api/meta/field-error.ts'
import { validateQualifiedName } from '#api/meta/names.ts'
import {
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  scaledValue,
  signOfQuantity,
} from '#api/meta/quantity.ts'
import { notNegative, positive, refuse, type Errors } from './checks.ts'

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
export function compareResources(a: string, b: string): number {
  if (a === b) return 0
  const left = digitsOf(a)
  const right = digitsOf(b)
  if (left > 0 && right > 0 && sameSuffix(a, left, b, right)) {
    return left === right ? (a < b ? -1 : 1) : left - right
  }
  return compareQuantities(a, b)
}

/** How many digits a quantity begins with; 0 when the first is no other than 1 to 9. */
function digitsOf(quantity: string): number {
  let count = 0
  while (count < quantity.length) {
    const code = quantity.charCodeAt(count)
    if (code < 0x30 || code > 0x39 || (count === 0 && code === 0x30)) break
    count += 1
  }
  return count
}

/** The same unit, of one or two letters: then the numbers can be compared as they stand. */
function sameSuffix(a: string, left: number, b: string, right: number): boolean {
  const length = a.length - left
  if (length !== b.length - right || length > 2) return false
  for (let at = 0; at < length; at += 1) {
    const code = a.charCodeAt(left + at)
    if (code !== b.charCodeAt(right + at) || code === 0x2e) return false
  }
  return true
}

export function isNegative(quantity: string): boolean {
  return quantity.charCodeAt(0) === 0x2d && signOfQuantity(quantity) < 0
}

export function isZero(quantity: string): boolean {
  const first = quantity.charCodeAt(0)
  return !(first >= 0x31 && first <= 0x39) && signOfQuantity(quantity) === 0
}

export function checkQuantityNotNegative(quantity: string, path: string, errors: Errors): void {
  if (isNegative(quantity)) {
    errors.push(invalidValue(path, canonicalQuantity(quantity), notNegative))
  }
}

export function checkQuantityPositive(quantity: string, path: string, errors: Errors): void {
  if (isNegative(quantity) || isZero(quantity)) {
    errors.push(invalidValue(path, canonicalQuantity(quantity), positive))
  }
}

/** Not negative, and whole for what cannot be divided. */
export function checkResourceQuantity(
  name: string,
  quantity: string,
  path: string,
  errors: Errors,
): void {
  checkQuantityNotNegative(quantity, path, errors)
  if (isIntegerResource(name) && !isWhole(quantity)) {
    errors.push(invalidValue(path, quantity, 'must be an integer'))
  }
}

function isWhole(quantity: string): boolean {
  return /^\d{1,15}$/.test(quantity) || scaledValue(parseQuantity(quantity), -3) % 1000n === 0n
}

const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage'])

const counted = words(
  'pods resourcequotas services replicationcontrollers secrets configmaps persistentvolumeclaims ' +
    'services.nodeports services.loadbalancers',
)

const quotaResources = new Set([
  ...counted,
  ...words('cpu memory ephemeral-storage requests.cpu requests.memory requests.ephemeral-storage'),
  ...words('limits.cpu limits.memory limits.ephemeral-storage requests.storage'),
])

const standardResources = new Set([...quotaResources, 'storage'])

const integerResources = new Set(counted)

function words(text: string): readonly string[] {
  return text.split(' ')
}

export function isHugePageResource(name: string): boolean {
  return name.startsWith('hugepages-')
}

/** Not prefixed, or prefixed with kubernetes.io/. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/')
}

/** Resources of the cluster's own: `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false
  return validateQualifiedName(`requests.${name}`).length === 0
}

/** Requests may be lower than limits, and need no limit. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePageResource(name)
}

function isIntegerResource(name: string): boolean {
  return integerResources.has(name) || isExtendedResource(name)
}

export function isStandardQuotaResource(name: string): boolean {
  return (
    quotaResources.has(name) || isHugePageResource(name) || name.startsWith('requests.hugepages-')
  )
}

/** A name that resources may have. */
export function checkResourceName(name: string, path: string, errors: Errors): boolean {
  const messages = validateQualifiedName(name)
  refuse(errors, path, name, messages)
  if (messages.length > 0) return false
  if (name.includes('/') || standardResources.has(name) || isHugePageResource(name)) return true
  if (name.startsWith('requests.hugepages-')) return true
  errors.push(invalidValue(path, name, 'must be a standard resource type or fully qualified'))
  return false
}

/** A name that containers may request. */
export function checkContainerResourceName(name: string, path: string, errors: Errors): void {
  if (containerResources.has(name)) return
  checkResourceName(name, path, errors)
  if (!name.includes('/')) {
    if (isHugePageResource(name)) return
    errors.push(invalidValue(path, name, 'must be a standard resource for containers'))
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalidValue(path, name, "doesn't follow extended resource name standard"))
  }
}

/** A name that a ResourceQuota may count, `count/deployments.apps` among them. */
export function checkQuotaResourceName(name: string, path: string, errors: Errors): void {
  checkResourceName(name, path, errors)
  if (name.includes('/') || isStandardQuotaResource(name)) return
  errors.push(invalidValue(path, name, 'must be a standard resource for quota'))
}

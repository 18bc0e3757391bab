/** Upstream: pkg/apis/core/validation/validation.go, ValidateResourceRequirements. */
import type { ContainerResizePolicy, ResourceRequirements } from '#api/core/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { canonicalQuantity, wholeUnits } from '#api/meta/quantity.ts'
import { empty, type Errors } from '#resources/checks/checks.ts'
import {
  checkContainerResourceName,
  checkResourceQuantity,
  compareResources,
  isHugePageResource,
  isOvercommitAllowed,
} from '#resources/checks/resources.ts'

type ResourceList = Readonly<Record<string, string>>

export function checkResources(
  resources: ResourceRequirements,
  claimNames: readonly string[],
  path: string,
  errors: Errors,
): void {
  const { limits, requests, claims } = resources
  if (limits !== undefined) {
    for (const name in limits) {
      checkAmount(name, limits[name] as string, `${path}.limits[${name}]`, errors)
    }
  }
  if (requests !== undefined) {
    for (const name in requests) {
      const requested = requests[name] as string
      checkAmount(name, requested, `${path}.requests[${name}]`, errors)
      checkAgainstLimit(name, requested, limits?.[name], path, errors)
    }
  }
  checkHugePages(limits, requests, path, errors)
  if (claims !== undefined) checkClaims(claims, claimNames, `${path}.claims`, errors)
}

function checkAmount(name: string, quantity: string, path: string, errors: Errors): void {
  checkContainerResourceName(name, path, errors)
  checkResourceQuantity(name, quantity, path, errors)
  if (isHugePageResource(name)) checkHugePageAmount(name, quantity, path, errors)
}

function checkHugePageAmount(name: string, quantity: string, path: string, errors: Errors): void {
  const pageBytes = /^hugepages-\d+(?:\.\d+)?[KMGTPE]?i?$/.test(name)
    ? wholeUnits(name.slice('hugepages-'.length))
    : 0n
  if (pageBytes > 0n && wholeUnits(quantity) % pageBytes === 0n) return
  const amount = canonicalQuantity(quantity)
  errors.push(invalidValue(path, amount, `${amount} is not positive integer multiple of ${name}`))
}

function checkAgainstLimit(
  name: string,
  requested: string,
  limit: string | undefined,
  path: string,
  errors: Errors,
): void {
  const overcommit = isOvercommitAllowed(name)
  if (limit === undefined) {
    if (overcommit) return
    errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'))
    return
  }
  const difference = compareResources(requested, limit)
  if (difference === 0 || (overcommit && difference < 0)) return
  const must = overcommit ? 'less than or equal' : 'equal'
  errors.push(
    invalidValue(
      `${path}.requests`,
      canonicalQuantity(requested),
      `must be ${must} to ${name} limit of ${canonicalQuantity(limit)}`,
    ),
  )
}

function checkHugePages(
  limits: ResourceList | undefined,
  requests: ResourceList | undefined,
  path: string,
  errors: Errors,
): void {
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})]
  if (!names.some(isHugePageResource) || names.includes('cpu') || names.includes('memory')) return
  errors.push(forbiddenField(path, 'HugePages require cpu or memory'))
}

function checkClaims(
  claims: NonNullable<ResourceRequirements['claims']>,
  claimNames: readonly string[],
  path: string,
  errors: Errors,
): void {
  const seen = new Set<string>()
  claims.forEach(({ name, request }, at) => {
    const here = `${path}[${at}]`
    if (empty(name)) {
      errors.push(required(`${here}.name`, ''))
      return
    }
    const key = `${name}/${request ?? ''}`
    if (seen.has(key)) errors.push(duplicate(here, request === undefined ? name : key))
    seen.add(key)
    if (!claimNames.includes(name)) errors.push(unknownClaim(name, claimNames, here))
  })
}

function unknownClaim(name: string, claimNames: readonly string[], path: string): FieldError {
  const known =
    claimNames.length === 0 ? ' which is empty' : `: ${claimNames.toSorted().join(', ')}`
  const detail = `must be one of the names in pod.spec.resourceClaims${known}`
  return { type: 'NotFound', field: `${path}.name`, value: name, detail }
}

/** Resources of the pod as a whole: only cpu, memory and huge pages, and no claims. */
export function checkPodResources(
  resources: ResourceRequirements,
  path: string,
  errors: Errors,
): void {
  const supported = ['cpu', 'hugepages-', 'memory']
  for (const list of ['limits', 'requests'] as const) {
    for (const name of Object.keys(resources[list] ?? {})) {
      if (name === 'cpu' || name === 'memory' || isHugePageResource(name)) continue
      errors.push(notSupported(`${path}.${list}[${name}]`, name, supported))
    }
  }
  if ((resources.claims ?? []).length > 0) {
    errors.push(forbiddenField(`${path}.claims`, 'claims cannot be set for Resources at pod-level'))
  }
  checkResources({ ...resources, claims: [] }, [], path, errors)
}

const resizable = ['cpu', 'memory']
const resizePolicies = ['NotRequired', 'RestartContainer']

export function checkResizePolicy(
  policies: readonly ContainerResizePolicy[],
  podRestartPolicy: string | undefined,
  path: string,
  errors: Errors,
): void {
  const seen = new Set<string>()
  policies.forEach(({ resourceName, restartPolicy }, at) => {
    if (seen.has(resourceName)) errors.push(duplicate(`${path}[${at}]`, resourceName))
    seen.add(resourceName)
    checkPolicyValue(resourceName, resizable, path, errors)
    checkPolicyValue(restartPolicy, resizePolicies, path, errors)
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.push(
        invalidValue(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"),
      )
    }
  })
}

function checkPolicyValue(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (empty(value)) errors.push(required(path, ''))
  else if (!supported.includes(value)) errors.push(notSupported(path, value, supported))
}

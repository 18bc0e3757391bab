/** Upstream: pkg/registry/core/resourcequota/strategy.go, pkg/apis/core/validation/validation.go. */
import type { ResourceQuota, ResourceQuotaSpec } from '#api/core/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { resourcequotas as type } from '#api/resources.gen.ts'
import { fieldImmutable, type Errors } from './checks/checks.ts'
import {
  checkQuotaResourceName,
  checkResourceQuantity,
  isStandardQuotaResource,
} from './checks/resources.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { keepSpec, keepStatus } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const resourceQuotas = defineResource<ResourceQuota>({
  ...served(type),
  shortNames: ['quota'],
  status: true,
  returnsDeletedObject: true,
  validateName: subdomainName,
  default(quota) {
    quota.spec ??= {}
    quota.status ??= {}
  },
  prepareForCreate(quota) {
    quota.status = {}
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate,
  validateStatusUpdate(quota) {
    const errors: FieldError[] = []
    checkList(quota.status?.hard, 'status.hard', errors)
    checkList(quota.status?.used, 'status.used', errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Request',
      'Request represents a minimum amount of cpu/memory that a container may consume.',
      (quota) => usage(quota, (name) => !name.startsWith('limits.')),
    ),
    stringColumn(
      'Limit',
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      (quota) => usage(quota, (name) => name.startsWith('limits.')),
    ),
    ageColumn(),
  ],
})

function usage({ status }: ResourceQuota, wanted: (name: string) => boolean): string {
  return Object.keys(status?.hard ?? {})
    .filter(wanted)
    .toSorted()
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`)
    .join(', ')
}

function validate(quota: ResourceQuota): readonly FieldError[] {
  const errors: FieldError[] = []
  const spec = quota.spec ?? {}
  checkList(spec.hard, 'spec.hard', errors)
  checkScopes(spec, errors)
  if (spec.scopeSelector !== undefined) checkScopeSelector(spec, errors)
  return errors
}

function checkList(
  list: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: Errors,
): void {
  for (const name in list) {
    checkQuotaResourceName(name, `${path}[${name}]`, errors)
    checkResourceQuantity(name, list[name] as string, `${path}[${name}]`, errors)
  }
}

const podScopes = new Set(['Terminating', 'NotTerminating', 'NotBestEffort', 'PriorityClass'])
const scopes = [...podScopes, 'BestEffort', 'CrossNamespacePodAffinity', 'VolumeAttributesClass']
const podResources = new Set(
  'pods cpu memory ephemeral-storage requests.cpu requests.memory requests.ephemeral-storage limits.cpu limits.memory limits.ephemeral-storage'.split(
    ' ',
  ),
)

/** Which resources a scope can be applied to. */
function isScopeOf(scope: string, resource: string): boolean {
  switch (scope) {
    case 'BestEffort':
      return resource === 'pods'
    case 'VolumeAttributesClass':
      return resource === 'persistentvolumeclaims' || resource === 'requests.storage'
    case 'CrossNamespacePodAffinity':
      return podResources.has(resource)
    default:
      return podScopes.has(scope)
        ? podResources.has(resource) || resource.includes('hugepages-')
        : true
  }
}

function checkScope(
  scope: string,
  spec: ResourceQuotaSpec,
  paths: { readonly unknown: string; readonly unfit: string },
  value: unknown,
  errors: Errors,
): void {
  if (!scopes.includes(scope)) {
    const shown = paths.unknown === paths.unfit ? value : scope
    errors.push(invalidValue(paths.unknown, shown, 'unsupported scope'))
  }
  for (const resource of Object.keys(spec.hard ?? {}).toSorted()) {
    if (!isStandardQuotaResource(resource) || isScopeOf(scope, resource)) continue
    errors.push(invalidValue(paths.unfit, value, 'unsupported scope applied to resource'))
  }
}

function checkScopes(spec: ResourceQuotaSpec, errors: Errors): void {
  const path = 'spec.scopes'
  for (const scope of spec.scopes ?? []) {
    checkScope(scope, spec, { unknown: path, unfit: path }, spec.scopes, errors)
  }
  checkConflicts(spec.scopes ?? [], spec, path, errors)
}

function checkConflicts(
  used: readonly string[],
  spec: ResourceQuotaSpec,
  path: string,
  errors: Errors,
): void {
  for (const pair of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ]) {
    if (!pair.every((scope) => used.includes(scope))) continue
    errors.push(invalidValue(path, spec.scopes ?? [], 'conflicting scopes'))
  }
}

const existsOnly = new Set([
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
])

function checkScopeSelector(spec: ResourceQuotaSpec, errors: Errors): void {
  const path = 'spec.scopeSelector.matchExpressions'
  const requirements = spec.scopeSelector?.matchExpressions ?? []
  for (const { scopeName, operator, values } of requirements) {
    const paths = { unknown: `${path}.scopeName`, unfit: path }
    checkScope(scopeName ?? '', spec, paths, spec.scopeSelector, errors)
    if (existsOnly.has(scopeName) && operator !== 'Exists') {
      const detail =
        "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
      errors.push(invalidValue(`${path}.operator`, operator, detail))
    }
    checkScopeValues(operator, values ?? [], path, errors)
  }
  const used = requirements.map(({ scopeName }) => scopeName)
  checkConflicts(used, spec, path, errors)
}

function checkScopeValues(
  operator: string | undefined,
  values: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return
    const detail =
      "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
    errors.push(required(`${path}.values`, detail))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length === 0) return
    const detail =
      "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
    errors.push(invalidValue(`${path}.values`, values, detail))
  } else {
    errors.push(invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator'))
  }
}

function validateUpdate(next: ResourceQuota, prior: ResourceQuota): readonly FieldError[] {
  const errors: FieldError[] = [...validate(next)]
  const before = new Set(prior.spec?.scopes)
  const after = new Set(next.spec?.scopes)
  if (before.symmetricDifference(after).size > 0) {
    errors.push(invalidValue('spec.scopes', next.spec?.scopes ?? [], fieldImmutable))
  }
  return errors
}

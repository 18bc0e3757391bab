/**
 * The rules of a CustomResourceDefinition. What all versions have in common is told of the spec, as
 * upstream's internal form has it there.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
 * and …/v1/conversion.go, v1.36.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from '#api/apiextensions/v1.gen.ts'
import { invalidValue, notSupported, required, type FieldError } from '#api/meta/field-error.ts'
import { validateDns1035Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { approvalErrors } from './approval.ts'
import { isEstablished } from './conditions.ts'
import { isUnknownFormat } from './formats.ts'
import { schemaHas } from './schema.ts'
import { caBundleErrors, conversionErrors } from './validate-conversion.ts'
import { namesErrors, requiredNamesErrors } from './validate-names.ts'
import {
  columnsErrors,
  deprecationErrors,
  selectableFieldsErrors,
  subresourcesErrors,
  versionSchemaErrors,
} from './validate-version.ts'

export function definitionErrors(definition: CustomResourceDefinition): readonly FieldError[] {
  return [...nameErrors(definition), ...commonErrors(definition), ...approvalErrors(definition)]
}

export function definitionUpdateErrors(
  next: CustomResourceDefinition,
  prior: CustomResourceDefinition,
): readonly FieldError[] {
  const trust = keptTrustErrors(next, prior)
  const afterSpec = [...trust, ...immutableErrors(next.spec, prior)]
  return [...commonErrors(next, afterSpec), ...approvalErrors(next, prior)]
}

/** What is served could be converted: it must not lose the roots of trust that this took. */
function keptTrustErrors(
  next: CustomResourceDefinition,
  prior: CustomResourceDefinition,
): readonly FieldError[] {
  const wasFine = isEstablished(prior) && caBundleErrors(prior.spec.conversion).length === 0
  return wasFine ? caBundleErrors(next.spec.conversion) : []
}

export function definitionStatusErrors(next: CustomResourceDefinition): readonly FieldError[] {
  return acceptedErrors(next)
}

/** Formats that mean nothing here are ignored, and told. */
export function definitionWarnings(
  { spec }: CustomResourceDefinition,
  prior: CustomResourceDefinition | undefined,
): readonly string[] {
  const before = prior === undefined ? new Set<string>() : new Set(unknownFormats(prior.spec))
  return unknownFormats(spec)
    .filter((format) => !before.has(format))
    .map((format) => `unrecognized format ${goQuote(format)}`)
}

function unknownFormats({ versions }: CustomResourceDefinitionSpec): readonly string[] {
  const found = new Set<string>()
  for (const { schema } of versions) {
    if (schema?.openAPIV3Schema === undefined) continue
    schemaHas(schema.openAPIV3Schema, ({ type = '', format = '' }) => {
      if (isUnknownFormat(type, format)) found.add(format)
      return false
    })
  }
  return [...found].sort()
}

function commonErrors(
  definition: CustomResourceDefinition,
  afterSpec: readonly FieldError[] = [],
): readonly FieldError[] {
  return [
    ...specErrors(definition.spec),
    ...afterSpec,
    ...acceptedErrors(definition),
    ...storedVersionsErrors(definition),
    ...preserveErrors(definition.spec),
  ]
}

function nameErrors({ metadata, spec }: CustomResourceDefinition): readonly FieldError[] {
  if (metadata.name === `${spec.names.plural}.${spec.group}`) return []
  return [invalidValue('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]
}

function acceptedErrors({ status }: CustomResourceDefinition): readonly FieldError[] {
  if (status?.acceptedNames === undefined) return []
  return namesErrors(status.acceptedNames, 'status.acceptedNames')
}

function specErrors(spec: CustomResourceDefinitionSpec): readonly FieldError[] {
  const { versions } = spec
  const common = commonParts(versions)
  return [
    ...groupErrors(spec.group),
    ...scopeErrors(spec.scope),
    ...versions.flatMap((version, index) =>
      version.schema?.openAPIV3Schema === undefined
        ? [required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required')]
        : [],
    ),
    ...versions.flatMap((version, index) => versionErrors(version, index, common)),
    ...versionsErrors(versions),
    ...requiredNamesErrors(spec.names, 'spec.names'),
    ...namesErrors(spec.names, 'spec.names'),
    ...partsErrors(versions[0], 'spec', 'spec.validation', (part) => common.has(part)),
    ...conversionErrors(spec.conversion, 'spec.conversion'),
  ]
}

function groupErrors(group: string): readonly FieldError[] {
  const path = 'spec.group'
  if (group === '') return [required(path, '')]
  const problems = validateDns1123Subdomain(group)
  if (problems.length > 0) return [invalidValue(path, group, problems.join(','))]
  if (group.includes('.')) return []
  return [invalidValue(path, group, 'should be a domain with at least one dot')]
}

const scopes = ['Cluster', 'Namespaced']

function scopeErrors(scope: string): readonly FieldError[] {
  if (scope === '') return [required('spec.scope', '')]
  return scopes.includes(scope) ? [] : [notSupported('spec.scope', scope, scopes)]
}

const parts = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const
type Part = (typeof parts)[number]

/** Which parts are the same in all versions. */
function commonParts(versions: readonly CustomResourceDefinitionVersion[]): ReadonlySet<Part> {
  const [first] = versions
  return new Set(
    parts.filter((part) => versions.every((version) => equalJson(version[part], first?.[part]))),
  )
}

function versionErrors(
  version: CustomResourceDefinitionVersion,
  index: number,
  common: ReadonlySet<Part>,
): readonly FieldError[] {
  const path = `spec.versions[${index}]`
  const problems = validateDns1035Label(version.name)
  return [
    ...(problems.length === 0
      ? []
      : [invalidValue(`${path}.name`, version.name, problems.join(','))]),
    ...deprecationErrors(version, `${path}.deprecationWarning`),
    ...partsErrors(version, path, `${path}.schema`, (part) => !common.has(part)),
  ]
}

function partsErrors(
  version: CustomResourceDefinitionVersion | undefined,
  path: string,
  schemaPath: string,
  isHere: (part: Part) => boolean,
): readonly FieldError[] {
  if (version === undefined) return []
  return [
    ...(isHere('schema') ? versionSchemaErrors(version, schemaPath) : []),
    ...(isHere('subresources') ? subresourcesErrors(version, `${path}.subresources`) : []),
    ...(isHere('additionalPrinterColumns')
      ? columnsErrors(version, `${path}.additionalPrinterColumns`)
      : []),
    ...(isHere('selectableFields')
      ? selectableFieldsErrors(version, `${path}.selectableFields`)
      : []),
  ]
}

function versionsErrors(
  versions: readonly CustomResourceDefinitionVersion[],
): readonly FieldError[] {
  const path = 'spec.versions'
  const errors: FieldError[] = []
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    errors.push(invalidValue(path, versions, 'must contain unique version names'))
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const text = 'must have exactly one version marked as storage version'
    errors.push(invalidValue(path, versions, text))
  }
  return errors
}

function storedVersionsErrors({ spec, status }: CustomResourceDefinition): readonly FieldError[] {
  const path = 'status.storedVersions'
  const stored = status?.storedVersions ?? []
  if (stored.length === 0) {
    return [invalidValue(path, stored, 'must have at least one stored version')]
  }
  const missing = spec.versions.filter(({ name, storage }) => storage && !stored.includes(name))
  const names = spec.versions.map(({ name }) => name)
  return [
    ...missing.map(({ name }) =>
      invalidValue(path, stored, `must have the storage version ${name}`),
    ),
    ...stored.flatMap((name, index) =>
      names.includes(name)
        ? []
        : [
            invalidValue(
              `${path}[${index}]`,
              name,
              `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
            ),
          ],
    ),
  ]
}

function preserveErrors(spec: CustomResourceDefinitionSpec): readonly FieldError[] {
  if (spec.preserveUnknownFields !== true) return []
  const text =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  return [invalidValue('spec.preserveUnknownFields', true, text)]
}

/** What objects are stored by may not change once there can be objects. */
function immutableErrors(
  spec: CustomResourceDefinitionSpec,
  prior: CustomResourceDefinition,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const check = (path: string, next: unknown, before: unknown): void => {
    if (next !== before) errors.push(invalidValue(path, next, 'field is immutable'))
  }
  if (isEstablished(prior)) {
    check('spec.scope', spec.scope, prior.spec.scope)
    check('spec.names.kind', spec.names.kind, prior.spec.names.kind)
  }
  check('spec.group', spec.group, prior.spec.group)
  check('spec.names.plural', spec.names.plural, prior.spec.names.plural)
  return errors
}

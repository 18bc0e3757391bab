/** The rows of a custom kind: one for each version that is served. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '#api/apiextensions/v1.gen.ts'
import { apiVersionOf, type ApiObject } from '#api/resource-type.ts'
import { isTerminating } from '#resources/custom/conditions.ts'
import type { Schema } from '#resources/custom/schema.ts'
import { subdomainName } from '#resources/names.ts'
import type { Conversion, Resource, Verb } from '#resources/resource.ts'
import { columnsOf } from './columns.ts'
import { namesIn, readField } from './fields.ts'
import { scaleCheck, scaleRowOf } from './scale.ts'
import { schemaTypeOf, type SchemaType } from './schema-type.ts'
import { strategyOf } from './strategy.ts'
import { webhookConvert, type ConversionOptions } from './conversion-webhook.ts'
import { plainConversion, remoteConversion, type Version } from './versions.ts'

/** In upstream's order. */
const verbs: readonly Verb[] = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
]
/** Whoever holds an object must still be able to let it go, but nobody is invited to write. */
const endingVerbs: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'watch']

/** Of a definition whose names are accepted. */
export async function rowsOf(
  definition: CustomResourceDefinition,
  options: ConversionOptions,
): Promise<readonly Resource[]> {
  const { spec } = definition
  const versions = await Promise.all(spec.versions.map((version) => versionOf(definition, version)))
  const storage = versions.find(({ version }) => version.storage)
  if (storage === undefined) return []
  return versions
    .filter(({ version }) => version.served)
    .map((shown) => ({
      ...rowOf(definition, shown, storage),
      conversion: conversionOf(definition, { shown, storage, options }),
    }))
}

interface MadeVersion extends Version {
  readonly version: CustomResourceDefinitionVersion
}

/** Without a schema nothing is known, and nothing is kept from being there. */
const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

async function versionOf(
  { spec, status }: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): Promise<MadeVersion> {
  const { name, schema } = version
  const kind = status?.acceptedNames?.kind ?? spec.names.kind
  const groupVersion = { group: spec.group, version: name }
  const type = await schemaTypeOf(schema?.openAPIV3Schema ?? anything, { ...groupVersion, kind })
  return { version, apiVersion: apiVersionOf(groupVersion), type }
}

function rowOf(
  definition: CustomResourceDefinition,
  { version, type }: MadeVersion,
  { version: storageVersion }: MadeVersion,
): Resource {
  const { spec, status } = definition
  const names = status?.acceptedNames ?? spec.names
  const { kind, plural, shortNames, categories } = names
  const { group } = spec
  const { subresources } = version
  const isEnding = isTerminating(definition)
  const hasStatus = subresources?.status !== undefined
  return {
    group,
    version: version.name,
    kind,
    plural,
    singular: names.singular ?? '',
    ...(shortNames !== undefined && { shortNames }),
    ...(categories !== undefined && { categories }),
    namespaced: spec.scope === 'Namespaced',
    verbs,
    ...(isEnding && { advertisedVerbs: endingVerbs }),
    schemaType: '',
    custom: type,
    listKind: names.listKind ?? `${kind}List`,
    storageVersion: storageVersion.name,
    ...deprecation(version, group, kind),
    storageKey: `${group}/${plural}`,
    status: hasStatus,
    fixedForStatus: ['metadata', 'spec'],
    ...(subresources?.scale !== undefined && { scale: scaleRowOf(subresources.scale) }),
    hasGeneration: true,
    allowUnconditionalUpdate: false,
    validateName: subdomainName,
    default: (object) => type.default(object),
    ...strategyOf({ group, plural, hasStatus, isTerminating: isEnding }),
    ...validation(type, version),
    columns: columnsOf(version.additionalPrinterColumns),
    selectableFields: selectableFields(version),
  }
}

/** Without a webhook, or as long as only one version was ever stored and it is shown, nobody is asked. */
function conversionOf(
  { spec, status }: CustomResourceDefinition,
  versions: { shown: MadeVersion; storage: MadeVersion; options: ConversionOptions },
): Conversion {
  const { shown, storage, options } = versions
  const { strategy, webhook } = spec.conversion ?? { strategy: 'None' }
  const isStoredOnly = shown === storage && (status?.storedVersions ?? []).length <= 1
  if (strategy !== 'Webhook' || webhook === undefined || isStoredOnly) {
    return plainConversion(shown, storage)
  }
  return remoteConversion(shown, storage, webhookConvert(webhook, options))
}

function validation(
  type: SchemaType,
  { subresources }: CustomResourceDefinitionVersion,
): Pick<Resource, 'validate' | 'validateUpdate' | 'validateStatusUpdate' | 'warnings'> {
  const checkScale = scaleCheck(subresources?.scale)
  const check = (object: ApiObject, prior?: ApiObject) => [
    ...type.validate(object, prior),
    ...(checkScale?.(object) ?? []),
  ]
  return {
    validate: (object) => check(object),
    validateUpdate: check,
    validateStatusUpdate: check,
    warnings: (object) => type.warnings(object),
  }
}

function deprecation(
  { name, deprecated, deprecationWarning }: CustomResourceDefinitionVersion,
  group: string,
  kind: string,
): Pick<Resource, 'deprecation'> {
  if (deprecated !== true) return {}
  return { deprecation: deprecationWarning ?? `${group}/${name} ${kind} is deprecated` }
}

/** Always some: what is no field of the kind is told as such. */
function selectableFields({ selectableFields: fields = [] }: CustomResourceDefinitionVersion) {
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const names = namesIn(jsonPath)
      return [names.join('.'), (object: ApiObject) => textOf(readField(object, names))]
    }),
  )
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/**
 * The definitions of custom kinds. Upstream:
 * staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition/{strategy,etcd}.go and
 * …/pkg/apis/apiextensions/v1/defaults.go, v1.36.
 */
import type { CustomResourceDefinition } from '#api/apiextensions/v1.gen.ts'
import { DecodeError } from '#api/decode.ts'
import { withCondition } from '#api/meta/conditions.ts'
import { badRequest } from '#api/meta/status.ts'
import { customresourcedefinitions as type } from '#api/resources.gen.ts'
import { must } from '#base/assert.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { cleanupFinalizer } from './custom/conditions.ts'
import { decodeNested } from './custom/schema.ts'
import type * as Rules from './custom/validate-definition.ts'
import { keepSpec, keepStatus, raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

/** Few servers see a definition often: its rules are read when one is written. */
let rules: typeof Rules | undefined
const loaded = (): typeof Rules => must(rules, 'the rules of definitions are loaded')

export const customResourceDefinitions = defineResource<CustomResourceDefinition>({
  ...served(type),
  storageKey: 'apiextensions.k8s.io/customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  status: true,
  fixedForStatus: ['metadata', 'spec'],
  hasGeneration: true,
  validateName: subdomainName,
  async load() {
    rules ??= await import('./custom/validate-definition.ts')
  },
  default: setDefaults,
  prepareForCreate(definition) {
    definition.status = { acceptedNames: { kind: '', plural: '' }, conditions: [] }
    definition.metadata.generation = 1
    noteStorageVersion(definition)
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
    if (next.status !== undefined) next.status = { ...next.status }
    noteStorageVersion(next)
  },
  prepareForStatusUpdate(next, prior) {
    keepSpec(next, prior)
    const { metadata } = prior
    if (metadata.labels === undefined) delete next.metadata.labels
    else next.metadata.labels = metadata.labels
    if (metadata.annotations === undefined) delete next.metadata.annotations
    else next.metadata.annotations = metadata.annotations
  },
  validate: (definition) => loaded().definitionErrors(definition),
  validateUpdate: (next, prior) => loaded().definitionUpdateErrors(next, prior),
  validateStatusUpdate: (next) => loaded().definitionStatusErrors(next),
  warnings: (definition, prior) => loaded().definitionWarnings(definition, prior),
  deletionFinalizer: cleanupFinalizer,
  prepareForDelete(definition) {
    const { deletionTimestamp: since } = definition.metadata
    const status = (definition.status ??= {})
    status.conditions = withCondition(status.conditions, {
      type: 'Terminating',
      status: 'True',
      ...(since !== undefined && { lastTransitionTime: since }),
      reason: 'InstanceDeletionPending',
      message:
        'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    })
  },
  columns: [nameColumn(), createdAtColumn()],
})

function setDefaults({ spec }: CustomResourceDefinition): void {
  const { names } = spec
  names.singular ||= names.kind.toLowerCase()
  if (names.kind !== '') names.listKind ||= `${names.kind}List`
  spec.conversion ??= { strategy: 'None' }
  const service = spec.conversion.webhook?.clientConfig?.service
  if (service !== undefined) service.port ??= 443
  for (const { schema } of spec.versions) decodeSchema(schema?.openAPIV3Schema)
}

/** Throws BadRequest. */
function decodeSchema(schema: Parameters<typeof decodeNested>[0] | undefined): void {
  if (schema === undefined) return
  try {
    decodeNested(schema)
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(error.message) : error
  }
}

/** Once a version was stored in, it stays known until somebody has migrated its objects. */
function noteStorageVersion(definition: CustomResourceDefinition): void {
  const storage = definition.spec.versions.find((version) => version.storage)
  const status = (definition.status ??= {})
  const stored = status.storedVersions ?? []
  if (storage === undefined || stored.includes(storage.name)) return
  status.storedVersions = [...stored, storage.name]
}

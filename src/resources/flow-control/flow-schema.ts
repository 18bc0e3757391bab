/** Upstream: pkg/registry/flowcontrol/flowschema/strategy.go, pkg/apis/flowcontrol/v1/defaults.go. */
import type { FlowSchema } from '#api/flowcontrol/v1.gen.ts'
import { flowschemas as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn, stringColumn } from '#resources/columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { validateFlowSchema } from './validate-flow-schema.ts'

export const flowSchemas = defineResource<FlowSchema>({
  ...served(type),
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  default({ spec }) {
    if ((spec.matchingPrecedence ?? 0) === 0) spec.matchingPrecedence = 1000
  },
  prepareForCreate(schema) {
    delete schema.status
    schema.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateFlowSchema,
  validateUpdate: (next) => validateFlowSchema(next),
  columns: [
    nameColumn(),
    stringColumn(
      'PriorityLevel',
      'priorityLevelConfiguration should reference a PriorityLevelConfiguration in the cluster.',
      ({ spec }) => spec.priorityLevelConfiguration.name,
    ),
    stringColumn(
      'MatchingPrecedence',
      'matchingPrecedence is used to choose among the FlowSchemas that match a given request.',
      ({ spec }) => String(spec.matchingPrecedence ?? 0),
    ),
    stringColumn(
      'DistinguisherMethod',
      'distinguisherMethod defines how to compute the flow distinguisher for requests that match this schema.',
      ({ spec }) => spec.distinguisherMethod?.type ?? '<none>',
    ),
    ageColumn(),
    stringColumn(
      'MissingPL',
      'references a broken or non-existent PriorityLevelConfiguration',
      ({ status }) => status?.conditions?.find((one) => one.type === 'Dangling')?.status ?? '?',
    ),
  ],
})

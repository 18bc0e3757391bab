/**
 * Upstream: pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go,
 * pkg/apis/flowcontrol/v1/defaults.go.
 */
import type { PriorityLevelConfiguration } from '#api/flowcontrol/v1.gen.ts'
import { prioritylevelconfigurations as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn, stringColumn } from '#resources/columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { validatePriorityLevel } from './validate-priority-level.ts'

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>({
  ...served(type),
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  default({ spec: { exempt, limited } }) {
    if (exempt !== undefined) {
      exempt.nominalConcurrencyShares ??= 0
      exempt.lendablePercent ??= 0
    }
    if (limited === undefined) return
    limited.nominalConcurrencyShares ??= 30
    limited.lendablePercent ??= 0
    const queuing = limited.limitResponse?.queuing
    if (queuing === undefined) return
    if ((queuing.handSize ?? 0) === 0) queuing.handSize = 8
    if ((queuing.queues ?? 0) === 0) queuing.queues = 64
    if ((queuing.queueLengthLimit ?? 0) === 0) queuing.queueLengthLimit = 50
  },
  prepareForCreate(level) {
    delete level.status
    level.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate: validatePriorityLevel,
  validateUpdate: (next) => validatePriorityLevel(next),
  columns: [
    nameColumn(),
    stringColumn(
      'Type',
      'type indicates whether this priority level is subject to limitation on request execution.',
      ({ spec }) => spec.type,
    ),
    stringColumn(
      'NominalConcurrencyShares',
      'nominalConcurrencyShares (NCS) contributes to the computation of the NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats available at this priority level.',
      ({ spec: { limited, exempt } }) =>
        shown(limited?.nominalConcurrencyShares ?? exempt?.nominalConcurrencyShares),
    ),
    stringColumn('Queues', 'queues is the number of queues for this priority level.', (level) =>
      shown(queuingOf(level)?.queues),
    ),
    stringColumn(
      'HandSize',
      'handSize is a small positive number that configures the shuffle sharding of requests into queues.',
      (level) => shown(queuingOf(level)?.handSize),
    ),
    stringColumn(
      'QueueLengthLimit',
      'queueLengthLimit is the maximum number of requests allowed to be waiting in a given queue of this priority level at a time.',
      (level) => shown(queuingOf(level)?.queueLengthLimit),
    ),
    ageColumn(),
  ],
})

function queuingOf({ spec }: PriorityLevelConfiguration) {
  return spec.limited?.limitResponse?.queuing
}

function shown(count: number | undefined): string {
  return count === undefined ? '<none>' : String(count)
}

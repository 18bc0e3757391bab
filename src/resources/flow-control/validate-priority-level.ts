/** Upstream: pkg/apis/flowcontrol/validation/validation.go, v1.36. */
import type {
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '#api/flowcontrol/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { inclusiveRange, type Errors } from '#resources/checks/checks.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import { bootstrapLevels } from './bootstrap.ts'

const queuesMax = 10_000_000
const entropyBitsMax = 60

export function validatePriorityLevel({
  metadata: { name },
  spec,
}: PriorityLevelConfiguration): readonly FieldError[] {
  const errors: FieldError[] = []
  checkFixed(name, spec, errors)
  if ((name === 'exempt') !== (spec.type === 'Exempt')) {
    const detail = "type must be 'Exempt' if and only if `name` is 'exempt'"
    errors.push(invalidValue('spec.type', spec.type, detail))
  }
  switch (spec.type) {
    case 'Exempt':
      if (spec.limited !== undefined) {
        errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'))
      }
      checkShares(spec.exempt, 'spec.exempt', errors)
      break
    case 'Limited':
      if (spec.exempt !== undefined) {
        errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'))
      }
      if (spec.limited === undefined) {
        errors.push(required('spec.limited', 'must not be empty when type is Limited'))
      } else checkLimited(spec.limited, errors)
      break
    default:
      errors.push(notSupported('spec.type', spec.type, ['Exempt', 'Limited']))
  }
  return errors
}

/** Of the exempt level its shares may be changed, of catch-all nothing. */
function checkFixed(name: string, spec: PriorityLevelConfigurationSpec, errors: Errors): void {
  const fixed = bootstrapLevels[name]
  if (name === 'catch-all' && !semanticEqual(spec, fixed)) {
    const detail = `spec of '${name}' must equal the fixed value`
    errors.push(invalidValue('spec', spec, detail))
  }
  const { exempt: _, ...rest } = spec
  if (name === 'exempt' && !semanticEqual(rest, { type: 'Exempt' })) {
    const detail = `spec of '${name}' except the 'spec.exempt' field must equal the fixed value`
    errors.push(invalidValue('spec', spec, detail))
  }
}

type Shares = Pick<
  LimitedPriorityLevelConfiguration,
  'nominalConcurrencyShares' | 'lendablePercent'
>

function checkShares(shares: Shares | undefined, path: string, errors: Errors): void {
  const { nominalConcurrencyShares = 0, lendablePercent = 0 } = shares ?? {}
  if (nominalConcurrencyShares < 0) {
    const detail = 'must be a non-negative integer'
    errors.push(invalidValue(`${path}.nominalConcurrencyShares`, nominalConcurrencyShares, detail))
  }
  if (lendablePercent < 0 || lendablePercent > 100) {
    const detail = inclusiveRange(0, 100)
    errors.push(invalidValue(`${path}.lendablePercent`, lendablePercent, detail))
  }
}

function checkLimited(limited: LimitedPriorityLevelConfiguration, errors: Errors): void {
  checkShares(limited, 'spec.limited', errors)
  const { borrowingLimitPercent, limitResponse } = limited
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const detail = 'if specified, must be a non-negative integer'
    errors.push(invalidValue('spec.limited.borrowingLimitPercent', borrowingLimitPercent, detail))
  }
  const path = 'spec.limited.limitResponse'
  const type = limitResponse?.type ?? ''
  const queuing = limitResponse?.queuing
  if (type === 'Reject') {
    if (queuing === undefined) return
    const detail = 'must be nil if limited.limitResponse.type is not Limited'
    errors.push(forbiddenField(`${path}.queuing`, detail))
  } else if (type !== 'Queue') {
    errors.push(notSupported(`${path}.type`, type, ['Queue', 'Reject']))
  } else if (queuing === undefined) {
    const detail = 'must not be empty if limited.limitResponse.type is Limited'
    errors.push(required(`${path}.queuing`, detail))
  } else checkQueuing(queuing, `${path}.queuing`, errors)
}

function checkQueuing(queuing: QueuingConfiguration, path: string, errors: Errors): void {
  const { queueLengthLimit = 0, queues = 0, handSize = 0 } = queuing
  const refuse = (field: string, value: number, detail: string): void => {
    errors.push(invalidValue(`${path}.${field}`, value, detail))
  }
  if (queueLengthLimit <= 0) refuse('queueLengthLimit', queueLengthLimit, 'must be positive')
  if (queues <= 0) refuse('queues', queues, 'must be positive')
  else if (queues > queuesMax) refuse('queues', queues, `must not be greater than ${queuesMax}`)
  if (handSize <= 0) refuse('handSize', handSize, 'must be positive')
  else if (handSize > queues) {
    refuse('handSize', handSize, `should not be greater than queues (${queues})`)
  } else if (entropyBits(queues, handSize) > entropyBitsMax) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${entropyBitsMax}`
    refuse('handSize', handSize, detail)
  }
}

/** Upstream: apiserver/pkg/util/shufflesharding, RequiredEntropyBits. */
function entropyBits(deckSize: number, handSize: number): number {
  return Math.ceil(Math.log2(deckSize) * handSize)
}

/** Upstream: plugin/pkg/admission/eventratelimit/apis/eventratelimit/{v1alpha1/types,validation/validation}.go. */
import { decodeConfigValue, integer, listOf, struct, text } from '#api/config-type.ts'
import { aggregate, invalidValue, notSupported } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'

export const limitTypes = ['Namespace', 'Server', 'SourceAndObject', 'User'] as const

/** At most so many events of one key. */
export interface EventLimit {
  readonly type: (typeof limitTypes)[number]
  readonly qps: number
  readonly burst: number
  /** How many keys are remembered; 0: upstream's 4096. */
  readonly cacheSize?: number
}

const kind = {
  kind: 'Configuration',
  apiVersions: ['eventratelimit.admission.k8s.io/v1alpha1'],
  type: struct('v1alpha1.Configuration', {
    limits: listOf(
      struct('v1alpha1.Limit', { type: text, qps: integer, burst: integer, cacheSize: integer }),
    ),
  }),
}

/** Throws UserError, ConfigError or DecodeError. */
export function decodeEventLimits(value: unknown): readonly EventLimit[] {
  const { limits } = decodeConfigValue<{ limits?: readonly EventLimit[] }>(value, kind)
  return checkedLimits(limits)
}

/** Throws UserError. */
export function checkedLimits(limits: readonly EventLimit[] | undefined): readonly EventLimit[] {
  const errors: FieldError[] = []
  if (limits === undefined || limits.length === 0) {
    errors.push(invalidValue('limits', limits, 'must not be empty'))
  }
  for (const [at, limit] of (limits ?? []).entries()) checkLimit(limit, `limits[${at}]`, errors)
  if (errors.length > 0) throw initFailure('EventRateLimit', aggregate(errors))
  return limits ?? []
}

function checkLimit(limit: Partial<EventLimit>, path: string, errors: FieldError[]): void {
  const { type = '', qps = 0, burst = 0, cacheSize = 0 } = limit
  if (!(limitTypes as readonly string[]).includes(type)) {
    errors.push(notSupported(`${path}.type`, type, limitTypes))
  }
  if (burst <= 0) errors.push(invalidValue(`${path}.burst`, burst, 'must be positive'))
  if (qps <= 0) errors.push(invalidValue(`${path}.qps`, qps, 'must be positive'))
  if (type !== 'Server' && cacheSize < 0) {
    errors.push(invalidValue(`${path}.cacheSize`, cacheSize, 'must not be negative'))
  }
}

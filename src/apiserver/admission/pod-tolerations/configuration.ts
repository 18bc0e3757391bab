/** Upstream: plugin/pkg/admission/podtolerationrestriction/config.go and apis/…/validation/validation.go. */
import { decodeConfigValue, listOf, struct } from '#api/config-type.ts'
import type { Toleration } from '#api/core/v1.gen.ts'
import { aggregate } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { typeSchema } from '#api/schema.ts'
import type { StructType } from '#api/schema.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'
import { checkTolerations } from '#resources/pod/validate-scheduling.ts'

/** For namespaces that say nothing themselves. */
export interface PodTolerationConfiguration {
  readonly default: readonly Toleration[]
  readonly whitelist: readonly Toleration[]
}

/** Throws UserError, ConfigError or DecodeError. */
export function decodePodTolerations(value: unknown): PodTolerationConfiguration {
  const tolerations = listOf(tolerationType())
  const config = decodeConfigValue<Partial<PodTolerationConfiguration>>(value, {
    kind: 'Configuration',
    apiVersions: ['podtolerationrestriction.admission.k8s.io/v1alpha1'],
    type: struct('v1alpha1.Configuration', { default: tolerations, whitelist: tolerations }),
  })
  const errors: FieldError[] = []
  const path = 'podtolerationrestriction'
  checkTolerations(config.default ?? [], `${path}.default`, errors)
  checkTolerations(config.whitelist ?? [], `${path}.whitelist`, errors)
  if (errors.length > 0) throw initFailure('PodTolerationRestriction', aggregate(errors))
  return { default: config.default ?? [], whitelist: config.whitelist ?? [] }
}

export function tolerationType(): StructType {
  const type = typeSchema('core/v1.Toleration')
  if (type === undefined) throw new Error('the schema has no core/v1.Toleration')
  return type
}

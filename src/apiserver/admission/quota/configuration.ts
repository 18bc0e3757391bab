/** Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/{config.go,apis/resourcequota}, v1.36. */
import { decodeConfigValue, listOf, struct, text } from '#api/config-type.ts'
import type { ScopedResourceSelectorRequirement } from '#api/core/v1.gen.ts'
import { required } from '#api/meta/field-error.ts'
import { aggregate } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'

/** What may only be used where a quota covers it. */
export interface LimitedResource {
  readonly apiGroup?: string
  readonly resource?: string
  /** Parts of the names of what is used. */
  readonly matchContains?: readonly string[]
  readonly matchScopes?: readonly ScopedResourceSelectorRequirement[]
}

const kind = {
  apiVersions: ['apiserver.config.k8s.io/v1'],
  kind: 'ResourceQuotaConfiguration',
  type: struct('v1.ResourceQuotaConfiguration', {
    limitedResources: listOf(
      struct('v1.LimitedResource', {
        apiGroup: text,
        resource: text,
        matchContains: listOf(text),
        matchScopes: listOf(
          struct('v1.ScopedResourceSelectorRequirement', {
            scopeName: text,
            operator: text,
            values: listOf(text),
          }),
        ),
      }),
    ),
  }),
}

/** Older files call it Configuration. */
const olderKind = {
  ...kind,
  kind: 'Configuration',
  apiVersions: ['v1beta1', 'v1alpha1'].map((v) => `resourcequota.admission.k8s.io/${v}`),
}

/** Throws UserError, ConfigError or DecodeError. */
export function decodeLimitedResources(value: unknown): readonly LimitedResource[] {
  const head = (value ?? {}) as { readonly kind?: string }
  const wanted = head.kind === olderKind.kind ? olderKind : kind
  const { limitedResources = [] } = decodeConfigValue<{
    limitedResources?: readonly LimitedResource[]
  }>(value, wanted)
  const errors: FieldError[] = limitedResources.flatMap(({ resource = '' }, at) =>
    resource === '' ? [required(`limitedResources[${at}].resource`, '')] : [],
  )
  if (errors.length > 0) throw initFailure('ResourceQuota', aggregate(errors))
  return limitedResources
}

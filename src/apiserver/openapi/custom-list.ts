/**
 * The list of a custom kind in OpenAPI documents.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder/builder.go
 * (buildListSchema), v1.36.
 */
import type { OpenApiForm } from '#resources/resource.ts'
import { typeMetaProperties } from './type-meta.ts'

export interface ListedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly listKind: string
}

/** `definitionName` is that of the items. */
export function listDefinition(
  { group, version, kind, listKind, plural }: ListedKind,
  definitionName: string,
  { refPrefix }: OpenApiForm,
): object {
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMetaProperties,
      items: {
        type: 'array',
        items: { $ref: refPrefix + definitionName },
        description: `List of ${plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
      },
      metadata: {
        $ref: `${refPrefix}io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta`,
        description:
          'Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
      },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
  }
}

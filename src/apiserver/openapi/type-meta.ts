/** What all kinds have, in the words of the API. */
import type { OpenApiForm } from '#resources/resource.ts'

export const typeMetaProperties = {
  apiVersion: {
    type: 'string',
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  },
  kind: {
    type: 'string',
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  },
} as const

export function metaProperties({ refPrefix }: OpenApiForm): Record<string, object> {
  return {
    ...typeMetaProperties,
    metadata: {
      $ref: `${refPrefix}io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`,
      description:
        "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
    },
  }
}

/**
 * What becomes of a custom object on its way into the store.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/{strategy,status_strategy}.go,
 * v1.36.
 */
import { methodNotSupported, StatusError } from '#api/meta/status.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'

type CustomObject = ApiObject & { status?: unknown }

type Strategy = Pick<
  Resource<CustomObject>,
  'prepareForCreate' | 'prepareForUpdate' | 'prepareForStatusUpdate'
>

export interface StrategyOptions {
  readonly group: string
  readonly plural: string
  readonly hasStatus: boolean
  /** The definition is being deleted: nothing new may come. */
  readonly isTerminating: boolean
}

export function strategyOf({ hasStatus, isTerminating, ...resource }: StrategyOptions): Strategy {
  return {
    prepareForCreate(object) {
      if (isTerminating) throw terminating(resource)
      if (hasStatus) delete object.status
      object.metadata.generation = 1
    },
    prepareForUpdate(next, prior) {
      if (hasStatus) {
        if (prior.status === undefined) delete next.status
        else next.status = prior.status
      }
      if (!equalJson(withoutMetadata(next), withoutMetadata(prior))) {
        next.metadata.generation = (prior.metadata.generation ?? 0) + 1
      }
    },
    prepareForStatusUpdate(next, prior) {
      const { status, metadata } = next
      const { resourceVersion, managedFields } = metadata
      for (const key of Object.keys(next)) delete (next as unknown as Record<string, unknown>)[key]
      Object.assign(next, prior, {
        metadata: {
          ...prior.metadata,
          ...(resourceVersion !== undefined && { resourceVersion }),
          ...(managedFields !== undefined && { managedFields }),
        },
      })
      if (status === undefined) delete next.status
      else next.status = status
    },
  }
}

function withoutMetadata({ metadata: _metadata, ...rest }: ApiObject): object {
  return rest
}

function terminating({ group, plural }: { group: string; plural: string }): StatusError {
  const { status } = methodNotSupported({ group, resource: plural }, 'create')
  const message = 'create not allowed while custom resource definition is terminating'
  return new StatusError({ ...status, message })
}

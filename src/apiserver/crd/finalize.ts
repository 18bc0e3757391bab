/**
 * The end of a definition: its objects go first.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/controller/finalizer/crd_finalizer.go, v1.36.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from '#api/apiextensions/v1.gen.ts'
import { withCondition } from '#api/meta/conditions.ts'
import { isStatus } from '#api/meta/status.ts'
import { customresourcedefinitions } from '#api/resources.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { cleanupFinalizer } from '#resources/custom/conditions.ts'
import type { Resource } from '#resources/resource.ts'

export interface Finalization {
  readonly objects: Objects
  readonly definition: CustomResourceDefinition
  /** Undefined: the kind was never served. */
  readonly row: Resource | undefined
  readonly now: string
}

/** False: some objects are held by finalizers; to be called again when one has gone. */
export async function finalize(finalization: Finalization): Promise<boolean> {
  const { row } = finalization
  if (row === undefined) {
    await finish(finalization, ['False', 'NeverEstablished', 'resource was never established'])
    return true
  }
  const inProgress = 'CustomResource deletion is in progress'
  await note(finalization, ['True', 'InstanceDeletionInProgress', inProgress])
  const failures = await deleteAll(finalization, row)
  if (failures.length > 0) {
    const text = `could not issue all deletes: ${failures.join(', ')}`
    await note(finalization, ['True', 'InstanceDeletionFailed', text])
    throw new Error(text)
  }
  if (remaining(finalization, row).length > 0) return false
  await finish(finalization, ['False', 'InstanceDeletionCompleted', 'removed all instances'])
  return true
}

function typeOf({ group, version, plural, kind, namespaced }: Resource): ResourceType {
  return { group, version, resource: plural, kind, namespaced }
}

function remaining({ objects }: Finalization, row: Resource): readonly ApiObject[] {
  return objects.list(typeOf(row))
}

async function deleteAll(finalization: Finalization, row: Resource): Promise<readonly string[]> {
  const failures: string[] = []
  for (const { metadata } of remaining(finalization, row)) {
    if (metadata.deletionTimestamp !== undefined) continue
    try {
      await finalization.objects.delete(typeOf(row), metadata.namespace ?? '', metadata.name)
    } catch (error) {
      if (!isStatus(error, 'NotFound')) failures.push((error as Error).message)
    }
  }
  return failures
}

type Verdict = readonly [status: 'True' | 'False', reason: string, message: string]

async function note({ objects, definition, now }: Finalization, verdict: Verdict): Promise<void> {
  const at = { namespace: '', name: definition.metadata.name, subresource: 'status' }
  const [status, reason, message] = verdict
  const condition: CustomResourceDefinitionCondition = {
    type: 'Terminating',
    status,
    lastTransitionTime: now,
    reason,
    message,
  }
  await objects.modify(customresourcedefinitions, at, (next) => {
    next.status ??= {}
    next.status.conditions = withCondition(next.status.conditions, condition)
  })
}

async function finish(finalization: Finalization, verdict: Verdict): Promise<void> {
  const { objects, definition } = finalization
  await note(finalization, verdict)
  await objects.modify(
    customresourcedefinitions,
    { namespace: '', name: definition.metadata.name },
    (next) => {
      const others = (next.metadata.finalizers ?? []).filter((name) => name !== cleanupFinalizer)
      if (others.length > 0) next.metadata.finalizers = others
      else delete next.metadata.finalizers
    },
  )
}

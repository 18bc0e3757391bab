/** The conditions of a CustomResourceDefinition. */
import type { CustomResourceDefinition } from '#api/apiextensions/v1.gen.ts'
import { isConditionTrue } from '#api/meta/conditions.ts'

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

export function isEstablished({ status }: CustomResourceDefinition): boolean {
  return isConditionTrue(status?.conditions, 'Established')
}

export function isTerminating({ metadata, status }: CustomResourceDefinition): boolean {
  return (
    metadata.deletionTimestamp !== undefined || isConditionTrue(status?.conditions, 'Terminating')
  )
}

/** Objects that the server itself wants to be there. */
import { isStatus } from '#api/meta/status.ts'
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'
import type { Objects } from '#apiserver/registry/objects.ts'

export interface Place {
  readonly namespace: string
  readonly name: string
}

/** Creates the object unless it is there; whoever was faster is as good. */
export async function ensure<T extends ApiObject>(
  objects: Objects,
  type: ResourceType<T>,
  { namespace, name }: Place,
  draft: Draft<T>,
): Promise<void> {
  if (objects.get(type, namespace, name) !== undefined) return
  try {
    await objects.create(type, namespace, draft)
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error
  }
}

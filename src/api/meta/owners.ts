import type { OwnerReference } from '#api/meta/v1.gen.ts'
import { apiVersionOf, type ApiObject, type ResourceType } from '#api/resource-type.ts'

type Owned = Pick<ApiObject, 'metadata'>

/** The reference to the object that manages this one, if any. */
export function controllerOf(object: Owned): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true)
}

/** The reference with which a controller marks what it makes for `owner`. */
export function controllerRef(
  owner: Owned,
  type: Pick<ResourceType, 'group' | 'version' | 'kind'>,
): OwnerReference {
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** Whether `owner` is the controller of `object`. */
export function isControlledBy(object: Owned, owner: Owned): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid
}

/** Whether `owner` is among the owners of `object`, as controller or not. */
export function isOwnedBy(object: Owned, owner: Owned): boolean {
  const uid = owner.metadata.uid
  return object.metadata.ownerReferences?.some((reference) => reference.uid === uid) === true
}

/** The group of an apiVersion: '' for `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** The version of an apiVersion. */
export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}

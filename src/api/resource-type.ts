import type { ObjectMeta } from '#api/meta/v1.gen.ts'

/** What every object of the API carries. Objects without metadata (reviews) leave it empty. */
export interface ApiObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

/** Where a kind is served; the type parameter is what a typed client returns for it. */
export interface ResourceType<T = ApiObject> {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set: it only binds the row to its type. */
  readonly example?: T
}

/** An object as a caller writes it: the server fills in the rest of the metadata. */
export type Draft<T> = T extends { metadata: ObjectMeta }
  ? Omit<T, 'metadata'> & { metadata?: Partial<ObjectMeta> }
  : T

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(type: Pick<ResourceType, 'group' | 'version'>): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`
}

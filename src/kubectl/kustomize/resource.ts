/** An object of a build, with what it was called before. Upstream: kustomize api/resource, kyaml/resid. */
import * as resourceTypes from '#api/resources.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import { splitGroupVersion } from '#kubectl/discovery/mapper.ts'
import type { Json, KubeObject } from '#kubectl/objects/info.ts'

export interface Id {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly name: string
  /** Empty: none was said, which means `default`. */
  readonly namespace: string
}

export type Behavior = 'create' | 'merge' | 'replace'

export interface Resource {
  object: KubeObject
  /** Before any change, oldest first. */
  readonly previous: Id[]
  prefixes: string[]
  suffixes: string[]
  /** The name ends with a hash of the content. */
  needsHash: boolean
  readonly behavior: Behavior
  /** Where it is from, for `buildMetadata`. */
  readonly origin?: Json
  /** What was done to it, for `buildMetadata`. */
  readonly transformations: Json[]
}

export function newResource(object: KubeObject, behavior: Behavior = 'create'): Resource {
  return {
    object,
    previous: [],
    prefixes: [],
    suffixes: [],
    needsHash: false,
    behavior,
    transformations: [],
  }
}

export function currentId({ object }: Resource): Id {
  const [group, version] = splitGroupVersion(object.apiVersion ?? '')
  const { name = '', namespace = '' } = object.metadata ?? {}
  return { group, version, kind: object.kind ?? '', name, namespace }
}

export function originalId(resource: Resource): Id {
  return resource.previous[0] ?? currentId(resource)
}

/** The next change of name, namespace or kind can be looked up. */
export function rememberId(resource: Resource): void {
  resource.previous.push(currentId(resource))
}

export function allIds(resource: Resource): readonly Id[] {
  return [...resource.previous, currentId(resource)]
}

export function rename(resource: Resource, name: string): void {
  resource.object.metadata = { ...resource.object.metadata, name }
}

const types: readonly ResourceType[] = Object.values(resourceTypes)
const clusterKinds = new Set(
  types.filter(({ namespaced }) => !namespaced).map(({ group, kind }) => `${group}/${kind}`),
)

/** Kinds that are not built in live in namespaces, as far as is known. */
export function isClusterScoped({ group, kind }: Pick<Id, 'group' | 'kind'>): boolean {
  return clusterKinds.has(`${group}/${kind}`)
}

export function sameNamespace(a: Id, b: Id): boolean {
  return effective(a) === effective(b)
}

function effective({ namespace }: Id): string {
  return namespace === '' ? 'default' : namespace
}

export function sameId(a: Id, b: Id): boolean {
  return a.group === b.group && a.version === b.version && a.kind === b.kind && sameName(a, b)
}

function sameName(a: Id, b: Id): boolean {
  return a.name === b.name && (isClusterScoped(a) || sameNamespace(a, b))
}

/** As messages write it: `ConfigMap.v1.[noGrp]/name.[noNs]`. */
export function idText({ group, version, kind, name, namespace }: Id): string {
  const or = (text: string, none: string): string => (text === '' ? none : text)
  return `${or(kind, '[noKind]')}.${or(version, '[noVer]')}.${or(group, '[noGrp]')}/${or(name, '[noName]')}.${or(namespace, '[noNs]')}`
}

/**
 * How one kind of object counts against quotas.
 * Upstream: staging/src/k8s.io/apiserver/pkg/quota/v1/interfaces.go and generic/evaluator.go.
 */
import type { ScopedResourceSelectorRequirement } from '#api/core/v1.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { one } from './usage.ts'
import type { Usage } from './usage.ts'

export interface Evaluator {
  readonly type: ResourceType
  /** Whether a resource that a quota names is about this kind. */
  counts(resourceName: string): boolean
  /** Whether a request on this kind can use more. */
  charges(request: Pick<AdmissionRequest, 'operation' | 'subresource'>): boolean
  usage(object: ApiObject, nowMs: number): Usage
  /** Whether the object is of a scope; kinds without scopes are of none. */
  inScope(object: ApiObject, requirement: ScopedResourceSelectorRequirement): boolean
  /** Why the object may not come under a quota of these resources at all. */
  objection?(object: ApiObject, resourceNames: readonly string[]): string | undefined
}

/** Kinds of which quotas count the objects under a name without `count/`. */
const shortNames: ReadonlySet<string> = new Set([
  'configmaps',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
])

/** `count/deployments.apps` */
export function countName({ group, resource }: Pick<ResourceType, 'group' | 'resource'>): string {
  return group === '' ? `count/${resource}` : `count/${resource}.${group}`
}

/** For kinds of which only the number counts. */
export function objectCounter(type: ResourceType): Evaluator {
  const names = [countName(type)]
  if (type.group === '' && shortNames.has(type.resource)) names.push(type.resource)
  const usage: Usage = new Map(names.map((name) => [name, one]))
  return {
    type,
    counts: (name) => names.includes(name),
    charges: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
    usage: () => usage,
    inScope: () => false,
  }
}

/** Fields that name another object follow its name. Upstream: kustomize api/filters/nameref. */
import { CommandError } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { changeFields, isSelected } from './fields.ts'
import type { Change } from './fields.ts'
import { nameReferences } from './name-references.ts'
import { currentId, idText, isClusterScoped, originalId, sameNamespace } from './resource.ts'
import type { Resource } from './resource.ts'

export function updateReferences(resources: readonly Resource[]): void {
  for (const referrer of resources) {
    const candidates = couldBeMeant(resources, referrer)
    for (const [target, rows] of nameReferences) {
      const update: Change = (holder, key) => {
        const value = holder[key]
        if (value !== undefined) holder[key] = updated(value, { referrer, candidates, target })
      }
      changeFields(referrer.object, currentId(referrer), { rows, change: update })
    }
  }
}

/** Objects of the same namespace and of none; a cluster-wide object may name all. */
function couldBeMeant(resources: readonly Resource[], referrer: Resource): readonly Resource[] {
  const id = currentId(referrer)
  if (isClusterScoped(id)) return resources
  const others = subjectNamespaces(referrer)
  return resources.filter((one) => {
    const other = currentId(one)
    return isClusterScoped(other) || sameNamespace(other, id) || others.has(other.namespace)
  })
}

function subjectNamespaces({ object }: Resource): ReadonlySet<string> {
  const subjects = object.kind === 'RoleBinding' ? object['subjects'] : undefined
  const list = Array.isArray(subjects) ? subjects.filter(isMapping) : []
  return new Set(list.map(({ namespace }) => (typeof namespace === 'string' ? namespace : '')))
}

interface Search {
  readonly referrer: Resource
  readonly candidates: readonly Resource[]
  readonly target: string
}

function updated(value: unknown, search: Search): unknown {
  if (Array.isArray(value)) return value.map((item) => updated(item, search))
  if (typeof value === 'string') return found(value, search)?.object.metadata?.name ?? value
  return isMapping(value) ? updatedMapping(value, search) : value
}

/** A subject, a service of a webhook: name and namespace. */
function updatedMapping(value: Json, search: Search): Json {
  const { name, namespace } = value
  if (typeof name !== 'string') return value
  const candidates =
    typeof namespace === 'string' ? inNamespace(search.candidates, namespace) : search.candidates
  const referral = found(name, { ...search, candidates })
  if (referral === undefined) return value
  const { metadata = {} } = referral.object
  const moved = metadata.namespace ?? ''
  return { ...value, name: metadata.name, ...(moved !== '' && { namespace: moved }) }
}

function inNamespace(candidates: readonly Resource[], namespace: string): readonly Resource[] {
  const was = candidates.filter((one) => originalId(one).namespace === namespace)
  return was.length > 0 ? was : candidates.filter((one) => currentId(one).namespace === namespace)
}

function found(name: string, search: Search): Resource | undefined {
  const { referrer, target } = search
  let left = search.candidates.filter(
    (one) =>
      one.previous.some((id) => id.name === name) &&
      one.previous.some((id) => isSelected(target, id)) &&
      mayBeReferred(one, referrer),
  )
  for (const mayBeEmpty of [true, false]) {
    if (left.length <= 1) return left[0]
    left = left.filter((one) => sameAffixes(one, referrer, mayBeEmpty))
  }
  const names = new Set(left.map(({ object }) => object.metadata?.name))
  if (names.size <= 1) return left[0]
  const ids = left.map((one) => idText(currentId(one))).join(', ')
  throw new CommandError(`found multiple possible referrals: ${ids}`)
}

function mayBeReferred(one: Resource, referrer: Resource): boolean {
  const id = currentId(referrer)
  const other = currentId(one)
  return (
    isClusterScoped(id) ||
    isClusterScoped(other) ||
    other.kind === 'ServiceAccount' ||
    sameNamespace(id, other)
  )
}

/** Both come from the same overlay. */
function sameAffixes(a: Resource, b: Resource, mayBeEmpty: boolean): boolean {
  const same = (one: readonly string[], other: readonly string[]): boolean =>
    (mayBeEmpty && (one.length === 0 || other.length === 0)) || sameEnding(one, other)
  return same(a.prefixes, b.prefixes) && same(a.suffixes, b.suffixes)
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length)
  if (length === 0) return a.length === b.length
  return a.slice(-length).every((part, at) => part === b.slice(-length)[at])
}

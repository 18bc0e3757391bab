/**
 * What a role or a binding lacks of the one that is wanted. Upstream: component-helpers
 * auth/rbac/reconciliation/{reconcile_role,reconcile_rolebindings}.go.
 */
import { equalJson } from '#api/patch/patch-error.ts'
import { uncoveredRules } from '#api/rbac/covers.ts'
import type { PolicyRule } from '#api/rbac/v1.gen.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[]
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly object[] }
}

export interface Subject {
  readonly kind: string
  readonly apiGroup?: string
  readonly name: string
  readonly namespace?: string
}

export interface Binding extends KubeObject {
  readonly roleRef?: object
  readonly subjects?: readonly Subject[]
}

export interface Plan<T, Item> {
  readonly operation: 'create' | 'update' | 'recreate' | 'none'
  /** It is not to be touched. */
  readonly isProtected: boolean
  readonly object: T
  readonly missing: readonly Item[]
  readonly extra: readonly Item[]
}

const autoUpdateAnnotation = 'rbac.authorization.kubernetes.io/autoupdate'

export function planRole(
  existing: Role | undefined,
  wanted: Role,
  removesExtra: boolean,
): Plan<Role, PolicyRule> {
  if (existing === undefined) {
    const missing = wanted.rules ?? []
    return { operation: 'create', isProtected: false, object: wanted, missing, extra: [] }
  }
  const rules = existing.rules ?? []
  const missing = uncoveredRules(rules, wanted.rules ?? [])
  const bothAggregate =
    wanted.aggregationRule !== undefined && existing.aggregationRule !== undefined
  const extra = bothAggregate ? [] : uncoveredRules(wanted.rules ?? [], rules)
  const object: Role = {
    ...withMetadataOf(existing, wanted),
    ...merged('rules', { before: rules, wanted: wanted.rules, missing, extra }, removesExtra),
    ...aggregated(existing, wanted, removesExtra),
  }
  return finished(existing, object, { missing, extra })
}

export function planBinding(
  existing: Binding | undefined,
  wanted: Binding,
  removesExtra: boolean,
): Plan<Binding, Subject> {
  const subjects = wanted.subjects ?? []
  if (existing === undefined) {
    return { operation: 'create', isProtected: false, object: wanted, missing: subjects, extra: [] }
  }
  if (!equalJson(existing.roleRef, wanted.roleRef)) {
    const isProtected = optedOut(existing)
    return { operation: 'recreate', isProtected, object: wanted, missing: [], extra: [] }
  }
  const before = existing.subjects ?? []
  const missing = without(subjects, before)
  const extra = without(before, subjects)
  const object: Binding = {
    ...withMetadataOf(existing, wanted),
    ...merged('subjects', { before, wanted: wanted.subjects, missing, extra }, removesExtra),
  }
  return finished(existing, object, { missing, extra })
}

interface Difference<Item> {
  readonly missing: readonly Item[]
  readonly extra: readonly Item[]
}

function finished<T extends KubeObject, Item>(
  existing: T,
  object: T,
  difference: Difference<Item>,
): Plan<T, Item> {
  const operation = equalJson(existing, object) ? 'none' : 'update'
  return { operation, isProtected: optedOut(existing), object, ...difference }
}

interface Lists<Item> extends Difference<Item> {
  readonly before: readonly Item[]
  readonly wanted: readonly Item[] | undefined
}

/** Nothing when all is well; else the wanted ones, or what is there with what it lacks. */
function merged<Item>(
  field: 'rules' | 'subjects',
  { before, wanted, missing, extra }: Lists<Item>,
  removesExtra: boolean,
): object {
  if (removesExtra) return missing.length + extra.length > 0 ? { [field]: wanted } : {}
  return missing.length > 0 ? { [field]: [...before, ...missing] } : {}
}

function aggregated(
  existing: Role,
  wanted: Role,
  removesExtra: boolean,
): { readonly aggregationRule?: Role['aggregationRule'] } {
  const { aggregationRule: before } = existing
  const { aggregationRule: after } = wanted
  if (after === undefined) return before === undefined ? {} : { aggregationRule: undefined }
  const [have, want] = [before?.clusterRoleSelectors ?? [], after.clusterRoleSelectors ?? []]
  const missing = without(want, have)
  const extra = without(have, want)
  if (missing.length === 0 && (!removesExtra || extra.length === 0)) return {}
  return {
    aggregationRule: { clusterRoleSelectors: removesExtra ? want : [...have, ...missing] },
  }
}

function without<Item>(items: readonly Item[], others: readonly Item[]): readonly Item[] {
  const left: Item[] = []
  for (const item of items) {
    if (![...others, ...left].some((other) => equalJson(other, item))) left.push(item)
  }
  return left
}

function optedOut({ metadata }: KubeObject): boolean {
  return metadata?.annotations?.[autoUpdateAnnotation] === 'false'
}

/** What it has stays, what the wanted one has is added. */
function withMetadataOf<T extends KubeObject>(existing: T, { metadata: wanted }: KubeObject): T {
  const { metadata = {} } = existing
  const merge = (field: 'annotations' | 'labels') =>
    wanted?.[field] === undefined ? {} : { [field]: { ...wanted[field], ...metadata[field] } }
  return { ...existing, metadata: { ...metadata, ...merge('annotations'), ...merge('labels') } }
}

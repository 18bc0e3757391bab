/**
 * Creates the roles and bindings of every cluster, and adds what existing ones lack.
 * Upstream: pkg/registry/rbac/rest/storage_rbac.go and
 * staging/src/k8s.io/component-helpers/auth/rbac/reconciliation.
 */
import { isDeepStrictEqual } from 'node:util'
import { isStatus } from '#api/meta/status.ts'
import { uncoveredRules } from '#api/rbac/covers.ts'
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '#api/rbac/v1.gen.ts'
import { clusterrolebindings, clusterroles, rolebindings, roles } from '#api/resources.gen.ts'
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { aggregatedRules } from './aggregate-roles.ts'
import { bootstrapBindings, bootstrapRoles } from './bootstrap-policy.ts'
import type { BootstrapBinding, BootstrapRole } from './bootstrap-policy.ts'

const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'
const bootstrapLabels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }

/**
 * One pass over all of them; writes only what is missing. The namespaces are somebody else's to make. Objects with the annotation
 * `rbac.authorization.kubernetes.io/autoupdate: "false"` are left as they are.
 */
export async function bootstrapRbac(objects: Objects): Promise<void> {
  const wanted = wantedRoles()
  await Promise.all(wanted.map((role) => ensureRole(objects, role)))
  await Promise.all(bootstrapBindings().map((binding) => ensureBinding(objects, binding)))
}

/** Aggregating roles come with their rules, so that nothing has to be written again right away. */
function wantedRoles(): readonly (Role | ClusterRole)[] {
  const made = bootstrapRoles().map(roleOf)
  const cluster = made.filter(({ metadata }) => (metadata.namespace ?? '') === '')
  for (let round = 0; round < cluster.length; round += 1) {
    let changed = false
    for (const role of cluster) {
      const rules = aggregatedRules(role, cluster)
      if (rules === undefined || isDeepStrictEqual(rules, role.rules)) continue
      role.rules = [...rules]
      changed = true
    }
    if (!changed) break
  }
  return made
}

function roleOf({ namespace, name, labels, rules, aggregates }: BootstrapRole): ClusterRole {
  return {
    metadata: metadata({ namespace, name }, labels),
    rules: [...rules],
    ...(aggregates !== undefined && {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] },
    }),
  }
}

function metadata(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  labels: Readonly<Record<string, string>>,
): ClusterRole['metadata'] {
  const made: Partial<ClusterRole['metadata']> = {
    name,
    ...(namespace !== '' && { namespace }),
    labels: { ...bootstrapLabels, ...labels },
    annotations: { [autoUpdate]: 'true' },
  }
  return made as ClusterRole['metadata']
}

async function ensureRole(objects: Objects, wanted: Role | ClusterRole): Promise<void> {
  const { namespace = '', name } = wanted.metadata
  const type = (namespace === '' ? clusterroles : roles) as ResourceType<ClusterRole>
  const known = objects.get(type, namespace, name)
  if (known === undefined) {
    await created(objects.create(type, namespace, wanted as Draft<ClusterRole>))
    return
  }
  if (!mayUpdate(known) || !completeRole(shallow(known), wanted)) return
  await objects.modify(type, { namespace, name }, (role) => completeRole(role, wanted))
}

/** Adds what the role lacks; whether it lacked anything. Rules of aggregating roles are not compared. */
function completeRole(role: ClusterRole, wanted: ClusterRole): boolean {
  let changed = completeMetadata(role, wanted)
  if (wanted.aggregationRule !== undefined) {
    if (role.aggregationRule !== undefined) return changed
    role.aggregationRule = wanted.aggregationRule
    return true
  }
  if (isDeepStrictEqual(role.rules, wanted.rules)) return changed
  const missing = uncoveredRules(role.rules ?? [], wanted.rules ?? [])
  if (missing.length > 0) {
    role.rules = [...(role.rules ?? []), ...(missing as PolicyRule[])]
    changed = true
  }
  return changed
}

async function ensureBinding(objects: Objects, wanted: BootstrapBinding): Promise<void> {
  const { namespace, name, roleRef, subjects } = wanted
  const type = (namespace === '' ? clusterrolebindings : rolebindings) as ResourceType<
    ClusterRoleBinding | RoleBinding
  >
  const draft: ClusterRoleBinding = {
    metadata: metadata({ namespace, name }, {}),
    roleRef,
    ...(subjects.length > 0 && { subjects: [...subjects] }),
  }
  const known = objects.get(type, namespace, name)
  if (known !== undefined && !mayUpdate(known)) return
  if (known !== undefined && !isDeepStrictEqual(known.roleRef, roleRef)) {
    await objects.delete(type, namespace, name) // a binding's role cannot be changed
  } else if (known !== undefined) {
    if (!completeBinding(shallow(known), draft)) return
    await objects.modify(type, { namespace, name }, (binding) => completeBinding(binding, draft))
    return
  }
  await created(objects.create(type, namespace, draft))
}

function completeBinding(
  binding: ClusterRoleBinding | RoleBinding,
  wanted: ClusterRoleBinding,
): boolean {
  const changed = completeMetadata(binding, wanted)
  const missing = (wanted.subjects ?? []).filter(
    (subject) => !binding.subjects?.some((known) => sameSubject(known, subject)),
  )
  if (missing.length === 0) return changed
  binding.subjects = [...(binding.subjects ?? []), ...missing]
  return true
}

function sameSubject(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')
}

function completeMetadata(object: ApiObject, wanted: ApiObject): boolean {
  let changed = false
  for (const field of ['labels', 'annotations'] as const) {
    const have = object.metadata[field] ?? {}
    const lacking = Object.entries(wanted.metadata[field] ?? {}).filter(([key]) => !(key in have))
    if (lacking.length === 0) continue
    object.metadata[field] = { ...have, ...Object.fromEntries(lacking) }
    changed = true
  }
  return changed
}

/** A copy to try a completion on: completing replaces fields and changes nothing inside them. */
function shallow<T extends ApiObject>(object: T): T {
  return { ...object, metadata: { ...object.metadata } }
}

function mayUpdate({ metadata: { annotations } }: ApiObject): boolean {
  return annotations?.[autoUpdate] !== 'false'
}

/** Another server of the cluster may have been quicker. */
async function created(creation: Promise<unknown>): Promise<void> {
  try {
    await creation
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error
  }
}

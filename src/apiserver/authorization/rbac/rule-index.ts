/**
 * Who is bound to which rules, kept true by the changes of roles and bindings.
 * Upstream: pkg/registry/rbac/validation/rule.go, VisitRulesFor.
 */
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '#api/rbac/v1.gen.ts'
import { clusterrolebindings, clusterroles, rolebindings, roles } from '#api/resources.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { compileRules } from './compile-rules.ts'
import type { CompiledRules } from './compile-rules.ts'

/** One subject of one binding. */
export interface Grant {
  readonly binding: ClusterRoleBinding | RoleBinding
  readonly subject: Subject
}

type Binding = ClusterRoleBinding | RoleBinding
type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** Grants by `U:user` and `G:group`. */
type Scope = Map<string, Grant[]>

export class RuleIndex implements Disposable {
  /** By namespace; '' holds the cluster-wide ones. */
  readonly #scopes = new Map<string, Scope>()
  readonly #bindings = new Map<string, Binding>()
  readonly #roles = new Map<string, CompiledRules>()
  readonly #subscriptions: readonly Disposable[]

  constructor(objects: Objects) {
    const onRole = (role: Role | ClusterRole, type: EventType) => this.#changeRole(role, type)
    const onBinding = (binding: Binding, type: EventType) => this.#changeBinding(binding, type)
    this.#subscriptions = [
      follow(objects, clusterroles, onRole),
      follow(objects, roles, onRole),
      follow(objects, clusterrolebindings, onBinding),
      follow(objects, rolebindings, onBinding),
    ]
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
  }

  /**
   * Calls `visit` with every grant that holds for the user in the namespace ('': cluster-wide ones only),
   * cluster-wide ones first, until it returns true; whether it did.
   */
  visit(user: UserInfo, namespace: string, visit: (grant: Grant) => boolean): boolean {
    if (visitScope(this.#scopes.get(''), user, visit)) return true
    return namespace !== '' && visitScope(this.#scopes.get(namespace), user, visit)
  }

  /** Undefined: the role does not exist. */
  rulesOf({ binding }: Grant): CompiledRules | undefined {
    return this.rules(binding.roleRef, binding.metadata.namespace ?? '')
  }

  /** The rules of the role that a binding in this namespace refers to. */
  rules(ref: RoleRef, namespace: string): CompiledRules | undefined {
    return this.#roles.get(ref.kind === 'Role' ? `${namespace}/${ref.name}` : ref.name)
  }

  /** All rules of a user in a namespace, with the roles that are bound but missing. */
  rulesFor(
    user: UserInfo,
    namespace: string,
  ): { readonly rules: readonly PolicyRule[]; readonly missing: readonly RoleRef[] } {
    const rules: PolicyRule[] = []
    const missing: RoleRef[] = []
    this.visit(user, namespace, (grant) => {
      const compiled = this.rulesOf(grant)
      if (compiled === undefined) missing.push(grant.binding.roleRef)
      else rules.push(...compiled.source)
      return false
    })
    return { rules, missing }
  }

  #changeRole(role: Role | ClusterRole, type: EventType): void {
    const { namespace = '', name } = role.metadata
    const key = namespace === '' ? name : `${namespace}/${name}`
    if (type === 'DELETED') this.#roles.delete(key)
    else this.#roles.set(key, compileRules(role.rules ?? []))
  }

  #changeBinding(binding: Binding, type: EventType): void {
    const { namespace = '', name } = binding.metadata
    const key = namespace === '' ? name : `${namespace}/${name}`
    const prior = this.#bindings.get(key)
    if (prior !== undefined) this.#removeGrants(prior)
    this.#bindings.delete(key)
    if (type === 'DELETED') return
    this.#bindings.set(key, binding)
    this.#addGrants(binding)
  }

  #addGrants(binding: Binding): void {
    const { namespace = '' } = binding.metadata
    let scope = this.#scopes.get(namespace)
    if (scope === undefined) this.#scopes.set(namespace, (scope = new Map()))
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace)
      if (key === undefined) continue
      const grants = scope.get(key)
      if (grants === undefined) scope.set(key, [{ binding, subject }])
      else grants.push({ binding, subject })
    }
  }

  #removeGrants(binding: Binding): void {
    const { namespace = '' } = binding.metadata
    const scope = this.#scopes.get(namespace)
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace)
      const kept = key && scope?.get(key)?.filter((grant) => grant.binding !== binding)
      if (!key || kept === undefined || kept === '') continue
      if (kept.length === 0) scope?.delete(key)
      else scope?.set(key, kept)
    }
    if (scope?.size === 0) this.#scopes.delete(namespace)
  }
}

function follow<T>(
  objects: Objects,
  type: ResourceType<T>,
  changed: (object: T, type: EventType) => void,
): Disposable {
  for (const object of objects.list(type)) changed(object, 'ADDED')
  return objects.subscribe(type, changed)
}

function visitScope(
  scope: Scope | undefined,
  user: UserInfo,
  visit: (grant: Grant) => boolean,
): boolean {
  if (scope === undefined) return false
  if (visitGrants(scope.get(`U:${user.name}`), visit)) return true
  for (const group of user.groups) {
    if (visitGrants(scope.get(`G:${group}`), visit)) return true
  }
  return false
}

function visitGrants(
  grants: readonly Grant[] | undefined,
  visit: (grant: Grant) => boolean,
): boolean {
  if (grants === undefined) return false
  for (const grant of grants) if (visit(grant)) return true
  return false
}

/** Undefined for subjects that can match nobody. */
function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
      return `U:${subject.name}`
    case 'Group':
      return `G:${subject.name}`
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace
      if (namespace === '') return undefined
      return `U:system:serviceaccount:${namespace}:${subject.name}`
    }
    default:
      return undefined
  }
}

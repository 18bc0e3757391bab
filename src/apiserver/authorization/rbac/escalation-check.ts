/**
 * Guards roles and bindings: nobody writes a role with more than he holds, or binds one, unless he may
 * `escalate` or `bind`. Upstream: pkg/registry/rbac/{role,clusterrole}/policybased/storage.go,
 * {rolebinding,clusterrolebinding}/policybased/storage.go and pkg/registry/rbac/escalation_check.go.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef } from '#api/rbac/v1.gen.ts'
import { forbidden, notFound } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { Authorizer } from '#apiserver/authorization/authorizer.ts'
import { escalation } from './escalation.ts'
import type { RuleIndex } from './rule-index.ts'

const group = 'rbac.authorization.k8s.io'
const guarded: readonly string[] = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']

/** What only a cluster administrator holds. */
const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

export function escalationCheck(index: RuleIndex, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: ({ resource, operation, subresource }) =>
      resource.group === group &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      guarded.includes(resource.plural),
    async validate(request) {
      const { object, prior, user } = request
      if (object === undefined || user.groups.includes(wellKnown.masters)) return
      if (prior !== undefined && onlyCollected(object, prior)) return
      if ('roleRef' in object) await checkBinding(index, authorizer, request)
      else await checkRole(index, authorizer, request)
    },
  }
}

async function checkRole(
  index: RuleIndex,
  authorizer: Authorizer,
  request: AdmissionRequest,
): Promise<void> {
  const role = request.object as ClusterRole
  if (await isAuthorized(authorizer, request, { verb: 'escalate', name: role.metadata.name }))
    return
  refuse(request, escalation(index, request, role.rules ?? []))
  const aggregates = [role, request.prior as ClusterRole | undefined].some(
    (one) => one?.aggregationRule !== undefined,
  )
  if (!aggregates || escalation(index, request, fullAuthority) === undefined) return
  refuse(request, 'must have cluster-admin privileges to use the aggregationRule')
}

async function checkBinding(
  index: RuleIndex,
  authorizer: Authorizer,
  request: AdmissionRequest,
): Promise<void> {
  const { roleRef } = request.object as ClusterRoleBinding
  const role = { resource: resourceOf(roleRef), verb: 'bind', name: roleRef.name }
  if (await isAuthorized(authorizer, request, role)) return
  const rules = index.rules(roleRef, request.namespace)
  if (rules === undefined) throw notFound({ group, resource: resourceOf(roleRef) }, roleRef.name)
  refuse(request, escalation(index, request, rules.source))
}

function resourceOf({ kind }: RoleRef): string {
  return kind === 'Role' ? 'roles' : 'clusterroles'
}

async function isAuthorized(
  authorizer: Authorizer,
  { user, namespace, resource }: AdmissionRequest,
  asked: { readonly verb: string; readonly name: string; readonly resource?: string },
): Promise<boolean> {
  const decision = await authorizer.authorize({
    user,
    verb: asked.verb,
    resource: {
      group,
      version: '*',
      resource: asked.resource ?? resource.plural,
      subresource: '',
      namespace,
      name: asked.name,
    },
  })
  return decision.allowed
}

function refuse({ resource, object }: AdmissionRequest, detail: string | undefined): void {
  if (detail === undefined) return
  throw forbidden({ group, resource: resource.plural }, object?.metadata.name ?? '', detail)
}

/** Whether only what the garbage collector writes differs: owners and finalizers. */
function onlyCollected(object: ApiObject, prior: ApiObject): boolean {
  return isDeepStrictEqual(withoutCollected(object), withoutCollected(prior))
}

function withoutCollected(object: ApiObject): unknown {
  const { ownerReferences: _owners, finalizers: _finalizers, ...metadata } = object.metadata
  const { managedFields: _fields, resourceVersion: _version, ...kept } = metadata
  return { ...object, metadata: kept }
}

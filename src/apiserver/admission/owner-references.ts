/**
 * Who makes an object depend on another one must be allowed to have it deleted, and who lets it hold up
 * its owner's deletion must be allowed to do that to the owner.
 * Upstream: plugin/pkg/admission/gc/gc_admission.go.
 */
import type { OwnerReference } from '#api/meta/v1.gen.ts'
import type { Decision, ResourceAttributes } from '#apiserver/authorization/authorizer.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { refusal } from './refusal.ts'

export function ownerReferencesPermissionEnforcement(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: (request) =>
      request.object !== undefined &&
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      !(request.resource.plural === 'pods' && request.subresource === 'status'),
    async validate(request) {
      const next = ownersOf(request.object)
      const prior = ownersOf(request.prior)
      if (JSON.stringify(next) === JSON.stringify(prior)) return
      await checkDeletion(deps, request)
      const known = new Set(prior.filter(isBlocking).map(({ uid }) => uid))
      const blocking = next.filter((owner) => isBlocking(owner) && !known.has(owner.uid))
      for (const owner of blocking) await checkBlocking(deps, request, owner)
    },
  }
}

/** Bodies of some subresources have no metadata. */
function ownersOf(object: Partial<NonNullable<AdmissionRequest['object']>> | undefined) {
  return object?.metadata?.ownerReferences ?? []
}

function isBlocking({ blockOwnerDeletion }: OwnerReference): boolean {
  return blockOwnerDeletion === true
}

/** A new object may have any owner: that takes nothing away. */
async function checkDeletion(deps: AdmissionDeps, request: AdmissionRequest): Promise<void> {
  if (request.operation === 'CREATE') return
  const { resource: row, name, namespace } = request
  const { allowed, reason } = await ask(deps, request, {
    verb: 'delete',
    resource: { ...of(row), subresource: '', namespace, name },
  })
  if (allowed) return
  throw refusal(request, `cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`)
}

async function checkBlocking(
  deps: AdmissionDeps,
  request: AdmissionRequest,
  { apiVersion, kind, name }: OwnerReference,
): Promise<void> {
  const row = [...deps.objects().rows()].find(
    ({ group, version, kind: own }) =>
      own === kind && (group === '' ? version : `${group}/${version}`) === apiVersion,
  )
  if (row === undefined) {
    throw refusal(
      request,
      `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
    )
  }
  const namespace = row.namespaced ? request.namespace : ''
  const { allowed, reason } = await ask(deps, request, {
    verb: 'update',
    resource: { ...of(row), subresource: 'finalizers', namespace, name },
  })
  if (allowed) return
  throw refusal(
    request,
    `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${reason}, <nil>`,
  )
}

function of({ group, version, plural }: AdmissionRequest['resource']) {
  return { group, version, resource: plural }
}

function ask(
  { authorizer }: AdmissionDeps,
  { user }: AdmissionRequest,
  question: { readonly verb: string; readonly resource: ResourceAttributes },
): Decision | Promise<Decision> {
  return authorizer().authorize({ user, ...question })
}

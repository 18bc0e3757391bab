/** The values that expressions of one request see. */
import { immediately } from '#apiserver/authorization/authorizer.ts'
import type { Namespace } from '#api/core/v1.gen.ts'
import { namespaces } from '#api/resources.gen.ts'
import {
  AuthorizerValue,
  ResourceCheck,
  type AccessAnswer,
  type AccessQuestion,
} from '#cel/library/authorizer.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Shown } from '#apiserver/admission/webhooks/review.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Resource } from '#resources/resource.ts'

export interface Evaluated {
  readonly request: AdmissionRequest
  /** The kind in which the configuration wants to see the objects. */
  readonly row: Resource
  readonly shown: Shown
  readonly attributes: Readonly<Record<string, unknown>>
  readonly deps: Pick<AdmissionDeps, 'objects' | 'authorizer'>
}

/** By name; what is not looked at is not made. */
export function activation(evaluated: Evaluated): Readonly<Record<string, unknown>> {
  const { shown, attributes, request, deps, row } = evaluated
  return {
    object: shown.object ?? null,
    oldObject: shown.prior ?? null,
    request: attributes,
    get namespaceObject() {
      if (request.namespace === '' || !request.resource.namespaced) return null
      return visible(deps.objects().get(namespaces, '', request.namespace))
    },
    get authorizer() {
      return authorizerOf(evaluated)
    },
    get 'authorizer.requestResource'() {
      return new ResourceCheck(authorizerOf(evaluated), {
        group: row.group,
        resource: row.plural,
        subresource: request.subresource,
        namespace: request.namespace,
        name: request.name,
        fieldSelector: '',
        labelSelector: '',
      })
    },
  }
}

function visible(namespace: Namespace | undefined): unknown {
  if (namespace === undefined) return null
  const { uid, ...metadata } = namespace.metadata
  const { spec, status } = namespace
  return { metadata: { ...metadata, UID: uid }, spec, status: { phase: status?.phase } }
}

function authorizerOf({ request, deps }: Evaluated): AuthorizerValue {
  return new AuthorizerValue((question) => answer(question, request.user, deps))
}

function answer(
  { verb, path, resource, serviceAccount }: AccessQuestion,
  requester: UserInfo,
  deps: Evaluated['deps'],
): AccessAnswer {
  const user = serviceAccount === undefined ? requester : accountUser(serviceAccount)
  const authorizer = immediately(deps.authorizer())
  if (resource === undefined) {
    return authorizer.authorize({ user, verb, ...(path !== undefined && { path }) })
  }
  const { fieldSelector, labelSelector, ...rest } = resource
  const asked = {
    ...rest,
    version: '*',
    ...(fieldSelector !== '' && { fieldSelector }),
    ...(labelSelector !== '' && { labelSelector }),
  }
  return authorizer.authorize({ user, verb, resource: asked })
}

function accountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
  }
}

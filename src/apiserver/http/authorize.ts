/**
 * Whether the user may do what the request asks.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/authorization.go and
 * …/handlers/responsewriters/errors.go, v1.36.
 */
import { forbidden } from '#api/meta/status.ts'
import type { StatusError } from '#api/meta/status.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Attributes, Authorizer, Decision } from '#apiserver/authorization/authorizer.ts'
import type { RequestInfo } from './request-info.ts'

type Audit = { decided(decision: Decision): void } | undefined

/**
 * Throws Forbidden; a promise only when somebody else has to be asked. The decision is told to the audit
 * log, if that wants to know.
 */
export function authorize(
  authorizer: Authorizer,
  attributes: Attributes,
  audit?: Audit,
): Promise<void> | undefined {
  const decision = authorizer.authorize(attributes)
  if (decision instanceof Promise) {
    return decision.then((later) => enforce(later, attributes, audit))
  }
  enforce(decision, attributes, audit)
  return undefined
}

function enforce(decision: Decision, attributes: Attributes, audit: Audit): void {
  audit?.decided(decision)
  if (!decision.allowed) throw forbiddenStatus(attributes, decision.reason)
}

export function attributesOf(user: UserInfo, info: RequestInfo): Attributes {
  if (!info.isResource) return { user, verb: info.verb, path: info.path }
  const { group, version, resource, subresource, namespace, name } = info
  const { fieldSelector, labelSelector } = info
  const asked = { group, version, resource, subresource, namespace, name }
  const isPlain = fieldSelector === '' && labelSelector === ''
  return {
    user,
    verb: info.verb,
    resource: isPlain
      ? asked
      : {
          ...asked,
          ...(fieldSelector !== '' && { fieldSelector }),
          ...(labelSelector !== '' && { labelSelector }),
        },
    path: info.path,
  }
}

function forbiddenStatus(attributes: Attributes, reason: string): StatusError {
  const { resource } = attributes
  const text = forbiddenMessage(attributes)
  const detail = reason === '' ? text : `${text}: ${reason}`
  return forbidden(
    { group: resource?.group ?? '', resource: resource?.resource ?? '' },
    resource?.name ?? '',
    detail,
  )
}

function forbiddenMessage({ user, verb, resource, path }: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  if (resource === undefined) return `${who} path ${JSON.stringify(path)}`
  const what = resource.subresource === '' ? '' : `/${resource.subresource}`
  const where =
    resource.namespace === ''
      ? 'at the cluster scope'
      : `in the namespace ${JSON.stringify(resource.namespace)}`
  return `${who} resource "${resource.resource}${what}" in API group ${JSON.stringify(resource.group)} ${where}`
}

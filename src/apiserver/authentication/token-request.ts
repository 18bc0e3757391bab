/**
 * `serviceaccounts/token`: issues tokens bound to a pod, a secret, a node, or only to the account.
 * Upstream: pkg/registry/core/serviceaccount/storage/token.go and
 * pkg/apis/authentication/validation/validation.go.
 */
import type { BoundObjectReference, TokenRequest } from '#api/authentication/v1.gen.ts'
import type { Pod, ServiceAccount } from '#api/core/v1.gen.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { badRequest, conflict, invalid, notFound } from '#api/meta/status.ts'
import { nodes, pods, secrets, serviceaccounts } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Endpoint, EndpointRequest } from '#apiserver/http/endpoint.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { signToken } from './jwt.ts'
import type { SigningKey } from './jwt.ts'
import { limits } from './limits.ts'
import { encodeClaims } from './service-account-claims.ts'
import type { BoundClaims, Reference } from './service-account-claims.ts'

export interface TokenIssuer {
  readonly objects: () => Objects
  readonly clock: Clock
  readonly issuer: string
  readonly key: SigningKey
  /** `--api-audiences`: what a token is for when the request does not say. */
  readonly apiAudiences: readonly string[]
  /** `--service-account-max-token-expiration` in seconds; absent: none. */
  readonly maxExpirationSeconds?: number
  /** `--service-account-extend-token-expiration` */
  readonly extendExpiration: boolean
  /** A UUID: the token's `jti`. */
  newId(): string
  /** Admission's word on the request; throws a StatusError to refuse. */
  admit(request: EndpointRequest, tokenRequest: ApiObject): Promise<void> | void
}

const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' }

export function tokenRequestEndpoint(issuer: TokenIssuer): Endpoint {
  return async (request) => {
    const { name, namespace } = request
    const asked = structuredClone((request.object ?? {}) as Partial<TokenRequest>)
    await issuer.admit(request, { ...asked, spec: asked.spec ?? {} } as ApiObject)
    matchUrl(asked, { name, namespace })
    const account = issuer.objects().get(serviceaccounts, namespace, name)
    if (account === undefined) throw notFound(serviceaccounts, name)
    const nowMs = issuer.clock.nowMs()
    const tokenRequest = complete(asked, { issuer, account, nowMs })
    const errors = validate(tokenRequest)
    if (errors.length > 0) throw invalid(kind, '', errors)
    const bound = boundTo(issuer.objects(), account, tokenRequest.spec.boundObjectRef)
    limitExpiration(issuer, request, tokenRequest)
    const object = issue(tokenRequest, { issuer, account, bound, nowMs })
    return { type: 'object', status: 201, object }
  }
}

function matchUrl(
  asked: Partial<TokenRequest>,
  url: { readonly name: string; readonly namespace: string },
): void {
  for (const field of ['name', 'namespace'] as const) {
    const given = asked.metadata?.[field] ?? ''
    if (given === '' || given === url[field]) continue
    const text = `must match the service account ${field} if specified`
    throw invalid(kind, url.name, [invalidValue(`metadata.${field}`, given, text)])
  }
}

type Complete = TokenRequest & {
  spec: { audiences: string[]; expirationSeconds: number }
}

function complete(
  asked: Partial<TokenRequest>,
  at: { readonly issuer: TokenIssuer; readonly account: ServiceAccount; readonly nowMs: number },
): Complete {
  const { audiences = [], expirationSeconds = limits.tokenSecondsDefault } = asked.spec ?? {}
  const { name, namespace = '' } = at.account.metadata
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {
      ...asked.metadata,
      name,
      namespace,
      creationTimestamp: timestamp(at.nowMs),
    } as TokenRequest['metadata'],
    spec: {
      ...asked.spec,
      audiences: audiences.length > 0 ? audiences : [...at.issuer.apiAudiences],
      expirationSeconds,
    },
  }
}

function validate({ spec }: Complete): readonly FieldError[] {
  const wrong = (detail: string) => [
    invalidValue('spec.expirationSeconds', spec.expirationSeconds, detail),
  ]
  if (spec.expirationSeconds < limits.tokenSecondsMin) {
    return wrong('may not specify a duration less than 10 minutes')
  }
  if (spec.expirationSeconds > limits.tokenSecondsMax) {
    return wrong('may not specify a duration larger than 2^32 seconds')
  }
  return []
}

type Bound = Pick<BoundClaims, 'pod' | 'secret' | 'node'>

function boundTo(
  objects: Objects,
  account: ServiceAccount,
  ref: BoundObjectReference | undefined,
): Bound {
  if (ref === undefined) return {}
  const { namespace = '' } = account.metadata
  const { name = '', kind: refKind = '', apiVersion = '' } = ref
  if (apiVersion !== 'v1' || !['Pod', 'Node', 'Secret'].includes(refKind)) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${refKind}`)
  }
  if (refKind === 'Secret') {
    const secret = objects.get(secrets, namespace, name)
    if (secret === undefined) throw notFound(secrets, name)
    return { secret: sameUid(ref, secret) }
  }
  if (refKind === 'Node') {
    const node = objects.get(nodes, '', name)
    if (node === undefined) throw notFound(nodes, name)
    return { node: sameUid(ref, node) }
  }
  const pod = objects.get(pods, namespace, name)
  if (pod === undefined) throw notFound(pods, name)
  return boundToPod(objects, { account, pod, ref })
}

function boundToPod(
  objects: Objects,
  at: { readonly account: ServiceAccount; readonly pod: Pod; readonly ref: BoundObjectReference },
): Bound {
  const { account, pod, ref } = at
  if (pod.spec?.serviceAccountName !== account.metadata.name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
    )
  }
  const bound = { pod: sameUid(ref, pod) }
  const nodeName = pod.spec.nodeName ?? ''
  if (nodeName === '') return bound
  const node = objects.get(nodes, '', nodeName)
  return { ...bound, node: { name: nodeName, uid: node?.metadata.uid ?? '' } }
}

function sameUid(
  ref: BoundObjectReference,
  { metadata }: { readonly metadata: { readonly name: string; readonly uid: string } },
): Reference {
  if (ref.uid !== undefined && ref.uid !== '' && ref.uid !== metadata.uid) {
    throw conflict(
      { group: '', resource: ref.kind ?? '' },
      metadata.name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  }
  return { name: metadata.name, uid: metadata.uid }
}

function limitExpiration(issuer: TokenIssuer, request: EndpointRequest, { spec }: Complete): void {
  const max = issuer.maxExpirationSeconds
  if (max === undefined || spec.expirationSeconds <= max) return
  request.call?.warn(
    `requested expiration of ${spec.expirationSeconds} seconds shortened to ${max} seconds`,
  )
  spec.expirationSeconds = max
}

function issue(
  tokenRequest: Complete,
  at: {
    readonly issuer: TokenIssuer
    readonly account: ServiceAccount
    readonly bound: Bound
    readonly nowMs: number
  },
): TokenRequest {
  const { issuer, account, bound, nowMs } = at
  const { audiences, expirationSeconds } = tokenRequest.spec
  const extended =
    issuer.extendExpiration &&
    bound.pod !== undefined &&
    expirationSeconds === limits.warnOnlyTokenSeconds &&
    sameAudiences(audiences, issuer.apiAudiences)
  const askedMs = nowMs + expirationSeconds * 1000
  const claims = {
    audiences,
    namespace: account.metadata.namespace ?? '',
    serviceAccount: { name: account.metadata.name, uid: account.metadata.uid },
    ...bound,
    notBeforeMs: nowMs,
    expiresMs: extended ? nowMs + limits.extendedTokenSeconds * 1000 : askedMs,
    ...(extended && { warnAfterMs: askedMs }),
    id: issuer.newId(),
  }
  const token = signToken(encodeClaims(claims, issuer.issuer), issuer.key)
  return { ...tokenRequest, status: { token, expirationTimestamp: timestamp(askedMs) } }
}

/** Upstream: isKubeAudiences: nothing is asked for that the API server is not. */
function sameAudiences(asked: readonly string[], own: readonly string[]): boolean {
  return asked.every((audience) => own.includes(audience))
}

/**
 * What a webhook is asked, and how its answer is read.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/request/admissionreview.go.
 */
import type { ApiObject } from '#api/resource-type.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { converted } from '#apiserver/admission/matching/versions.ts'
import { scaleObject } from '#apiserver/registry/scale.ts'
import type { Resource } from '#resources/resource.ts'
import { isOf } from '#apiserver/admission/refusal.ts'
import { namespaces } from '#api/resources.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'

type Json = Readonly<Record<string, unknown>>

export interface Shown {
  /** As the webhook or policy wants to see it. */
  readonly object: ApiObject | undefined
  readonly prior: ApiObject | undefined
}

/** The objects of a request in the version that was asked for; of a scale, the Scale. */
export async function shownObjects(request: AdmissionRequest, row: Resource): Promise<Shown> {
  const show = async (object: ApiObject | undefined): Promise<ApiObject | undefined> => {
    if (object === undefined) return undefined
    const own = request.resource
    if (isScale(request) && object.kind === own.kind) return scaleObject(own, object)
    return converted(object, own, row)
  }
  return { object: await show(request.object), prior: await show(request.prior) }
}

export function isScale({ resource, subresource }: AdmissionRequest): boolean {
  return subresource === 'scale' && resource.scale !== undefined
}

/** `request` of an AdmissionReview, without the objects. Upstream leaves out what is empty. */
export function requestAttributes(request: AdmissionRequest, row: Resource, shown: Shown): Json {
  const own = request.resource
  const subresource = request.subresource
  const name = request.name === '' ? nameOf(request.object) : request.name
  const namespace = isNamed(request) ? request.name : request.namespace
  return {
    kind: kindOf(shown.object ?? shown.prior, row),
    resource: { group: row.group, version: row.version, resource: row.plural },
    ...(subresource !== '' && { subResource: subresource }),
    requestKind: kindOf(isScale(request) ? shown.object : (request.object ?? request.prior), own),
    requestResource: { group: own.group, version: own.version, resource: own.plural },
    ...(subresource !== '' && { requestSubResource: subresource }),
    ...(name !== '' && { name }),
    ...(namespace !== '' && { namespace }),
    operation: request.operation,
    userInfo: userInfo(request),
    dryRun: request.dryRun,
    options: optionsOf(request),
  }
}

/** The path of a namespace names it twice, as upstream reads it. */
function isNamed(request: AdmissionRequest): boolean {
  return isOf(request, namespaces) && request.operation !== 'CREATE'
}

/** Options of a connection have no metadata. */
function nameOf(object: Partial<ApiObject> | undefined): string {
  return object?.metadata?.name ?? ''
}

function kindOf(object: ApiObject | undefined, row: Resource): Json {
  const apiVersion = object?.apiVersion ?? ''
  if (object?.kind === undefined || apiVersion === '') {
    return { group: row.group, version: row.version, kind: row.kind }
  }
  const [first = '', second] = apiVersion.split('/')
  const [group, version] = second === undefined ? ['', first] : [first, second]
  return { group, version, kind: object.kind }
}

function userInfo({ user }: AdmissionRequest): Json {
  return {
    username: user.name,
    ...(user.uid !== undefined && { uid: user.uid }),
    groups: user.groups,
    ...(user.extra !== undefined && { extra: user.extra }),
  }
}

const optionsKinds: Partial<Record<AdmissionRequest['operation'], string>> = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
}

function optionsOf({ operation, dryRun, options }: AdmissionRequest): Json | null {
  const kind = optionsKinds[operation]
  if (kind === undefined) return null
  return {
    kind,
    apiVersion: 'meta.k8s.io/v1',
    ...options,
    ...(dryRun && { dryRun: ['All'] }),
  }
}

export interface Review {
  readonly uid: string
  readonly version: 'v1' | 'v1beta1'
  readonly attributes: Json
  readonly shown: Shown
}

export function reviewBody({ uid, version, attributes, shown }: Review): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: {
      uid,
      ...attributes,
      object: shown.object ?? null,
      oldObject: shown.prior ?? null,
    },
  })
}

export interface ReviewAnswer {
  readonly allowed: boolean
  readonly status: Json | undefined
  /** Parsed JSON; undefined: none. */
  readonly patch: unknown
  readonly auditAnnotations: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
}

/** Throws an Error that says what is wrong with the answer. */
export function readAnswer(body: string, review: Review, isMutating: boolean): ReviewAnswer {
  const answer = parse(body)
  const response = answer['response']
  if (!isJson(response)) throw new Error('webhook response was absent')
  if (review.version === 'v1') checkIdentity(answer, response, review.uid)
  return {
    allowed: response['allowed'] === true,
    status: isJson(response['status']) ? response['status'] : undefined,
    patch: isMutating ? patchOf(response, review.version) : undefined,
    auditAnnotations: strings(response['auditAnnotations']),
    warnings: Array.isArray(response['warnings']) ? response['warnings'].map(String) : [],
  }
}

function parse(body: string): Json {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw new Error(`couldn't get version/kind; json parse error: invalid character in response`)
  }
  if (!isJson(parsed)) throw new Error("couldn't get version/kind; json parse error")
  return parsed
}

function checkIdentity(answer: Json, response: Json, uid: string): void {
  const wanted = 'admission.k8s.io/v1, Kind=AdmissionReview'
  const got = `${text(answer['apiVersion'])}, Kind=${text(answer['kind'])}`
  if (got !== wanted) throw new Error(`expected webhook response of ${wanted}, got ${got}`)
  const own = text(response['uid'])
  if (own !== uid) throw new Error(`expected response.uid=${goQuote(uid)}, got ${goQuote(own)}`)
}

function patchOf(response: Json, version: Review['version']): unknown {
  const patch = text(response['patch'])
  const type = text(response['patchType'])
  if (patch === '') {
    if (type !== '') throw new Error('webhook returned response.patchType but not response.patch')
    return undefined
  }
  if (type === '' && version === 'v1') {
    throw new Error('webhook returned response.patch but not response.patchType')
  }
  if (type !== '' && type !== 'JSONPatch') {
    throw new Error(`webhook returned invalid response.patchType of ${goQuote(type)}`)
  }
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(patch)))
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function strings(value: unknown): Readonly<Record<string, string>> {
  if (!isJson(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, text(item)]))
}

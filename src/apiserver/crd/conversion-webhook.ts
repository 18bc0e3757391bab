/**
 * Asks a webhook to convert objects from version to version.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go, v1.36.
 */
import type { WebhookClientConfig, WebhookConversion } from '#api/apiextensions/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { StatusError } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Convert } from './versions.ts'

export const limits = {
  /** As long as upstream waits. */
  timeoutMs: 30_000,
  /** So many objects go into one review, so that questions and answers stay of a size. */
  objectsMax: 100,
} as const

/** POST with a timeout; answers with the body. Rejects with an Error in Go's words. */
export type PostReview = (client: WebhookClientConfig, request: PostedReview) => Promise<string>

export interface ConversionOptions {
  readonly post: PostReview
  uid(): string
}

export interface PostedReview {
  readonly body: string
  readonly timeoutMs: number
}

interface Review {
  readonly apiVersion?: string
  readonly kind?: string
  readonly response?: {
    readonly uid?: string
    readonly convertedObjects?: readonly ApiObject[]
    readonly result?: { readonly status?: string; readonly message?: string }
  }
}

export function webhookConvert(webhook: WebhookConversion, options: ConversionOptions): Convert {
  const version = reviewVersion(webhook.conversionReviewVersions)
  return async (objects, apiVersion) => {
    const converted: ApiObject[] = []
    for (let at = 0; at < objects.length; at += limits.objectsMax) {
      const some = objects.slice(at, at + limits.objectsMax)
      const asking = { webhook, version, apiVersion, options }
      converted.push(...(await ask(some, asking)))
    }
    return converted
  }
}

/** The first that we speak. */
function reviewVersion(versions: readonly string[]): string {
  return versions.find((version) => version === 'v1' || version === 'v1beta1') ?? 'v1'
}

interface Asking {
  readonly webhook: WebhookConversion
  readonly version: string
  /** Of the objects that are wanted. */
  readonly apiVersion: string
  readonly options: ConversionOptions
}

async function ask(objects: readonly ApiObject[], asking: Asking): Promise<readonly ApiObject[]> {
  const { webhook, version, apiVersion, options } = asking
  const kind = kindOf(objects[0])
  const uid = options.uid()
  const apiGroupVersion = `apiextensions.k8s.io/${version}`
  const body = JSON.stringify({
    kind: 'ConversionReview',
    apiVersion: apiGroupVersion,
    request: { uid, desiredAPIVersion: apiVersion, objects },
  })
  let review: Review
  try {
    const answer = await options.post(webhook.clientConfig ?? {}, {
      body,
      timeoutMs: limits.timeoutMs,
    })
    review = JSON.parse(answer) as Review
  } catch (error) {
    throw failed(kind, error instanceof Error ? error.message : String(error))
  }
  const expected = { apiVersion: apiGroupVersion, uid: version === 'v1' ? uid : undefined }
  const converted = convertedIn(review, kind, expected)
  if (converted.length !== objects.length) {
    const text = `conversion webhook for ${kind} returned ${converted.length} objects, expected ${objects.length}`
    throw internal(text)
  }
  return converted.map((object, index) =>
    restored(object, { original: objects[index] as ApiObject, apiVersion, index, kind }),
  )
}

/** The objects of an answer that says that all went well. */
function convertedIn(
  { apiVersion = '', kind: reviewKind = '', response }: Review,
  kind: string,
  expected: { readonly apiVersion: string; readonly uid: string | undefined },
): readonly ApiObject[] {
  if (apiVersion !== expected.apiVersion || reviewKind !== 'ConversionReview') {
    const found = `${apiVersion}, Kind=${reviewKind}`
    const wanted = `${expected.apiVersion}, Kind=ConversionReview`
    throw failed(kind, `expected webhook response of ${wanted}, got ${found}`)
  }
  if (response === undefined) throw failed(kind, 'no response provided')
  const { uid = '', result = {}, convertedObjects = [] } = response
  if (expected.uid !== undefined && uid !== expected.uid) {
    throw failed(kind, `expected response.uid=${goQuote(expected.uid)}, got ${goQuote(uid)}`)
  }
  if (result.status !== 'Success') {
    throw failed(kind, result.message ?? 'response.result.status was not Success')
  }
  return convertedObjects
}

interface Restoring {
  readonly original: ApiObject
  readonly apiVersion: string
  readonly index: number
  readonly kind: string
}

/** A conversion may change labels and annotations; the rest of the metadata is not its affair. */
function restored(object: ApiObject, restoring: Restoring): ApiObject {
  const { original, apiVersion, index, kind } = restoring
  if (object.apiVersion !== apiVersion) {
    const text = `invalid groupVersion (expected ${apiVersion}, received ${object.apiVersion ?? ''})`
    throw internal(
      `conversion webhook for ${kind} returned invalid converted object at index ${index}: ${text}`,
    )
  }
  if (object.kind !== original.kind) {
    const text = `invalid kind (expected ${original.kind ?? ''}, received ${object.kind ?? ''})`
    throw internal(
      `conversion webhook for ${kind} returned invalid converted object at index ${index}: ${text}`,
    )
  }
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const [before, after] = [original.metadata[field] ?? '', object.metadata?.[field] ?? '']
    if (before === after) continue
    const text = `metadata.${field} must remain unchanged (expected ${goQuote(before)}, got ${goQuote(after)})`
    throw internal(
      `conversion webhook for ${kind} returned invalid metadata in object at index ${index}: ${text}`,
    )
  }
  const { labels, annotations } = object.metadata
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata
  return {
    ...object,
    metadata: {
      ...kept,
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
    },
  }
}

/** `example.com/v1, Kind=Foo` */
function kindOf(object: ApiObject | undefined): string {
  return `${object?.apiVersion ?? ''}, Kind=${object?.kind ?? ''}`
}

function failed(kind: string, why: string): StatusError {
  return internal(`conversion webhook for ${kind} failed: ${why}`)
}

/** Upstream answers it without a reason. */
function internal(message: string): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as StatusError['status']['metadata'],
    status: 'Failure',
    message,
    code: 500,
  })
}

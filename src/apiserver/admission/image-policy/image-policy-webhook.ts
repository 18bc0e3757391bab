/**
 * Asks another server whether a pod's images may be used.
 * Upstream: plugin/pkg/admission/imagepolicy/admission.go, v1.36.
 */
import { LRUCache } from 'lru-cache'
import { anything, flag, mapOf, struct, text } from '#api/config-type.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { decodeValue } from '#api/decode.ts'
import { pods } from '#api/resources.gen.ts'
import { defaultBackoff, retried } from '#apiserver/webhook-client/retry.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { isOf, refusal } from '#apiserver/admission/refusal.ts'
import type { ImagePolicyOptions } from './configuration.ts'

const limits = {
  /** Upstream's. */
  answersMax: 1024,
} as const

/** Before the names of annotations in the audit log. */
const auditPrefix = 'imagepolicywebhook.image-policy.k8s.io/'
const apiVersion = 'imagepolicy.k8s.io/v1alpha1'

/** `spec` of an ImageReview. */
interface ReviewSpec {
  readonly containers?: readonly { readonly image?: string }[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly namespace?: string
}

interface ReviewStatus {
  readonly allowed?: boolean
  readonly reason?: string
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

const reviewType = struct('v1alpha1.ImageReview', {
  apiVersion: text,
  kind: text,
  metadata: anything,
  spec: anything,
  status: struct('v1alpha1.ImageReviewStatus', {
    allowed: flag,
    reason: text,
    auditAnnotations: mapOf(text),
  }),
})

interface Remembered {
  readonly status: ReviewStatus
  readonly untilMs: number
}

/** Throws UserError when it is not configured. */
export function imagePolicyWebhook(deps: AdmissionDeps): AdmissionPlugin {
  const options = deps.configurations?.imagePolicyWebhook
  if (options === undefined) throw initFailure('ImagePolicyWebhook', 'no config specified')
  const remembered = new LRUCache<string, Remembered>({ max: limits.answersMax })
  const ask = async (spec: ReviewSpec): Promise<ReviewStatus> => {
    const key = JSON.stringify(spec)
    const known = remembered.get(key)
    if (known !== undefined && known.untilMs > deps.clock.nowMs()) return known.status
    const status = await review(options, spec, deps)
    const ttlMs = status.allowed === true ? options.allowTtlMs : options.denyTtlMs
    remembered.set(key, { status, untilMs: deps.clock.nowMs() + ttlMs })
    return status
  }
  return {
    name: 'ImagePolicyWebhook',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      isOf(request, pods) &&
      (request.subresource === '' || request.subresource === 'ephemeralcontainers'),
    async validate(request) {
      let status: ReviewStatus
      try {
        status = await ask(specOf(request))
      } catch (error) {
        if (!options.defaultAllow) throw refusal(request, messageOf(error))
        deps.log.warning(`error contacting image policy webhook backend: ${messageOf(error)}`)
        request.annotate?.(`${auditPrefix}failed-open`, 'true')
        return
      }
      judge(request, status)
    },
  }
}

/** Throws Forbidden. */
function judge(request: AdmissionRequest, status: ReviewStatus): void {
  for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) {
    request.annotate?.(`${auditPrefix}${key}`, value)
  }
  if (status.allowed === true) return
  const { reason = '' } = status
  if (reason === '') throw refusal(request, 'one or more images rejected by webhook backend')
  throw refusal(request, `image policy webhook backend denied one or more images: ${reason}`)
}

function specOf({ object, namespace, subresource }: AdmissionRequest): ReviewSpec {
  const { spec, metadata } = object as Pod
  const own =
    subresource === '' ? [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])] : []
  const all = [...own, ...(spec?.ephemeralContainers ?? [])]
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) =>
    key.includes('.image-policy.k8s.io/'),
  )
  return {
    ...(all.length > 0 && { containers: all.map(({ image = '' }) => ({ image })) }),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    ...(namespace !== '' && { namespace }),
  }
}

/** Rejects with an Error. */
async function review(
  { post, retryMs }: ImagePolicyOptions,
  spec: ReviewSpec,
  { clock, random }: AdmissionDeps,
): Promise<ReviewStatus> {
  const backoff = { ...defaultBackoff, firstMs: retryMs }
  const asked = { kind: 'ImageReview', apiVersion, metadata: {}, spec }
  const answer = await retried(() => post(asked), { clock, random, backoff })
  return decodeValue<{ readonly status?: ReviewStatus }>(reviewType, answer).object.status ?? {}
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

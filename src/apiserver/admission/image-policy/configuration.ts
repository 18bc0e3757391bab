/** Upstream: plugin/pkg/admission/imagepolicy/config.go, v1.36. */
import { flag, integer, struct, text, ConfigError } from '#api/config-type.ts'
import { decodeValue, strictDecodingMessage } from '#api/decode.ts'
import type { Post } from '#apiserver/webhook-client/connection.ts'
import { initFailure } from '#apiserver/admission/configurations.ts'

export interface ImagePolicyOptions {
  readonly post: Post
  readonly allowTtlMs: number
  readonly denyTtlMs: number
  readonly retryMs: number
  /** Whether images are taken when nobody answers. */
  readonly defaultAllow: boolean
}

/** `imagePolicy` of a file that has no version. */
interface Configuration {
  readonly kubeConfigFile?: string
  readonly allowTTL?: number
  readonly denyTTL?: number
  readonly retryBackoff?: number
  readonly defaultAllow?: boolean
}

const type = struct('imagepolicy.AdmissionConfig', {
  imagePolicy: struct('imagepolicy.imagePolicyWebhookConfig', {
    kubeConfigFile: text,
    allowTTL: integer,
    denyTTL: integer,
    retryBackoff: integer,
    defaultAllow: flag,
  }),
})

interface Duration {
  readonly scaleMs: number
  readonly defaultMs: number
  readonly minMs: number
  readonly maxMs: number
  /** The bounds, as Go prints them. */
  readonly range: string
}

const ttl = { scaleMs: 1000, minMs: 1000, maxMs: 30 * 60_000, range: '1s and 30m0s' }
const durations: Readonly<Record<'allowTTL' | 'denyTTL' | 'retryBackoff', Duration>> = {
  allowTTL: { ...ttl, defaultMs: 5 * 60_000 },
  denyTTL: { ...ttl, defaultMs: 30_000 },
  retryBackoff: { scaleMs: 1, defaultMs: 500, minMs: 0, maxMs: 5 * 60_000, range: '1ns and 5m0s' },
}

/** Throws UserError, ConfigError or DecodeError. `connect` reads the kubeconfig. */
export async function decodeImagePolicy(
  value: unknown,
  connect: (path: string) => Promise<Post>,
): Promise<ImagePolicyOptions> {
  const { object, problems } = decodeValue<{ imagePolicy?: Configuration }>(type, value)
  if (problems.length > 0) throw new ConfigError(strictDecodingMessage(problems))
  const { imagePolicy: config = {} } = object
  const retryMs = durationMs(config, 'retryBackoff')
  const allowTtlMs = durationMs(config, 'allowTTL')
  const denyTtlMs = durationMs(config, 'denyTTL')
  const post = await connect(config.kubeConfigFile ?? '')
  return { post, retryMs, allowTtlMs, denyTtlMs, defaultAllow: config.defaultAllow === true }
}

/** -1 is none, 0 the default. */
function durationMs(config: Configuration, name: keyof typeof durations): number {
  const { scaleMs, defaultMs, minMs, maxMs, range } = durations[name]
  const value = config[name] ?? 0
  if (value === -1) return 0
  if (value === 0) return defaultMs
  const ms = value * scaleMs
  if (ms > minMs && ms <= maxMs) return ms
  throw initFailure('ImagePolicyWebhook', `valid value is between ${range}, got ${ms / 1000}s`)
}

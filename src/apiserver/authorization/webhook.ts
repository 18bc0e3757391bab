/**
 * Asks another server by a SubjectAccessReview, and remembers what it said.
 * Upstream: staging/src/k8s.io/apiserver/plugin/pkg/authorizer/webhook/webhook.go.
 */
import { LRUCache } from 'lru-cache'
import type {
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from '#api/authorization/v1.gen.ts'
import { parseFieldSelector } from '#api/meta/fields.ts'
import { parseLabelSelector } from '#api/meta/labels.ts'
import type { Clock } from '#base/clock.ts'
import { reviewStatus } from '#apiserver/webhook-client/decode-review.ts'
import { retried } from '#apiserver/webhook-client/retry.ts'
import type { Post } from '#apiserver/webhook-client/connection.ts'
import type { Attributes, Authorizer, Decision, ResourceAttributes } from './authorizer.ts'

export type ReviewVersion = 'v1' | 'v1beta1'

export interface WebhookOptions {
  /** Posts the review; what comes back is not yet trusted. Rejects when nobody answers. */
  readonly post: Post
  readonly clock: Clock
  readonly random: () => number
  readonly version: ReviewVersion
  /** How long a yes is believed. */
  readonly authorizedTtlMs: number
  /** How long anything else is. */
  readonly unauthorizedTtlMs: number
  /** What counts when the server cannot be asked; default: no opinion. */
  readonly onError?: 'NoOpinion' | 'Deny'
  /** Whether the server is to be asked at all; throws an Error when that cannot be told. */
  readonly matches?: (spec: SubjectAccessReviewSpec) => boolean
}

const limits = {
  /** Upstream's size of the cache. */
  decisionsMax: 8192,
  /** Upstream's: larger questions are not remembered. */
  rememberedCharsMax: 10_000,
} as const

const noOpinion: Decision = { allowed: false, reason: '' }

interface Remembered {
  readonly decision: Decision
  readonly untilMs: number
}

export function webhookAuthorizer(options: WebhookOptions): Authorizer {
  const remembered = new LRUCache<string, Remembered>({ max: limits.decisionsMax })
  /** Questions on their way: who asks the same waits for the same answer. */
  const asking = new Map<string, Promise<Decision>>()
  const ask = async (key: string, spec: SubjectAccessReviewSpec): Promise<Decision> => {
    try {
      const decision = await askServer(options, spec)
      const ttlMs = decision.allowed ? options.authorizedTtlMs : options.unauthorizedTtlMs
      if (key.length < limits.rememberedCharsMax && ttlMs > 0) {
        remembered.set(key, { decision, untilMs: options.clock.nowMs() + ttlMs })
      }
      return decision
    } catch (error) {
      return undecided(options, error)
    } finally {
      asking.delete(key)
    }
  }
  return {
    authorize(attributes) {
      const spec = specOf(attributes, options.version)
      const unmatched = beforehand(options, spec)
      if (unmatched !== undefined) return unmatched
      const key = JSON.stringify(spec)
      const known = remembered.get(key)
      if (known !== undefined && known.untilMs > options.clock.nowMs()) return known.decision
      const begun = asking.get(key) ?? ask(key, spec)
      asking.set(key, begun)
      return begun
    },
  }
}

function beforehand(
  { matches, onError }: WebhookOptions,
  spec: SubjectAccessReviewSpec,
): Decision | undefined {
  try {
    return matches === undefined || matches(spec) ? undefined : noOpinion
  } catch (error) {
    return undecided({ onError }, error)
  }
}

function undecided(
  { onError }: { readonly onError?: WebhookOptions['onError'] | undefined },
  error: unknown,
): Decision {
  const text = error instanceof Error ? error.message : String(error)
  if (onError !== 'Deny') return { ...noOpinion, error: text }
  return { allowed: false, denied: true, reason: '', error: text }
}

async function askServer(
  options: WebhookOptions,
  spec: SubjectAccessReviewSpec,
): Promise<Decision> {
  const apiVersion = `authorization.k8s.io/${options.version}`
  const review = { kind: 'SubjectAccessReview', apiVersion, metadata: {}, spec }
  return decisionOf(await retried(() => options.post(review), options))
}

/** Throws an Error when the answer is no review. */
function decisionOf(answer: unknown): Decision {
  const type = 'authorization/v1.SubjectAccessReview'
  const status = reviewStatus<SubjectAccessReviewStatus>(answer, type)
  const { allowed = false, denied = false, reason = '', evaluationError } = status
  const error = evaluationError === undefined ? {} : { error: evaluationError }
  if (allowed && denied) {
    throw new Error('webhook subject access review returned both allow and deny response')
  }
  if (denied) return { allowed: false, denied: true, reason, ...error }
  return { allowed, reason, ...error }
}

export function specOf(
  { user, verb, resource, path = '' }: Attributes,
  version: ReviewVersion,
): SubjectAccessReviewSpec {
  const { name, uid = '', groups, extra } = user
  const shownGroups = { [version === 'v1' ? 'groups' : 'group']: [...groups] }
  return {
    ...(resource === undefined
      ? { nonResourceAttributes: { path, verb } }
      : { resourceAttributes: resourceOf(verb, resource) }),
    user: name,
    ...(groups.length > 0 && shownGroups),
    ...(extra !== undefined && { extra: extra as Record<string, string[]> }),
    ...(uid !== '' && { uid }),
  }
}

function resourceOf(
  verb: string,
  { fieldSelector, labelSelector, ...resource }: ResourceAttributes,
): NonNullable<SubjectAccessReviewSpec['resourceAttributes']> {
  const given = Object.entries({ verb, ...resource }).filter(([, value]) => value !== '')
  const fields = fieldSelector === undefined ? undefined : fieldRequirements(fieldSelector)
  const labels = labelSelector === undefined ? undefined : labelRequirements(labelSelector)
  return {
    ...(Object.fromEntries(given) as Record<string, string>),
    ...(fields !== undefined && { fieldSelector: { requirements: fields } }),
    ...(labels !== undefined && { labelSelector: { requirements: labels } }),
  }
}

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: string[]
}

/** Undefined for a selector that cannot be read: the request itself will be answered so. */
function fieldRequirements(text: string): Requirement[] | undefined {
  try {
    return parseFieldSelector(text).requirements.map(({ field, operator, value }) => ({
      key: field,
      operator: operator === '!=' ? 'NotIn' : 'In',
      values: [value],
    }))
  } catch {
    return undefined
  }
}

function labelRequirements(text: string): Requirement[] | undefined {
  try {
    return parseLabelSelector(text).requirements.map(({ key, operator, values }) => ({
      key,
      operator: labelOperators[operator] ?? operator,
      ...(values.length > 0 && { values: [...values] }),
    }))
  } catch {
    return undefined
  }
}

const labelOperators: Readonly<Record<string, string>> = {
  in: 'In',
  '=': 'In',
  '==': 'In',
  notin: 'NotIn',
  '!=': 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}

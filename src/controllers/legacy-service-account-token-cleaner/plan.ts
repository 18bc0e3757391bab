/** What becomes of the tokens in secrets that nobody has used for long. */
import type { Secret, ServiceAccount } from '#api/core/v1.gen.ts'
import {
  annotationKeys,
  labelKeys,
  tokenSecretType,
} from '#controllers/service-account-token/names.ts'

export type Action =
  | { readonly type: 'keep' }
  | { readonly type: 'invalidate'; readonly since: string }
  | { readonly type: 'delete' }

export interface Situation {
  readonly nowMs: number
  /** `--legacy-service-account-token-clean-up-period` */
  readonly keptMs: number
  /** The secret's, if it is there. */
  readonly account: ServiceAccount | undefined
  /** Whether a pod names the secret. */
  readonly isMounted: boolean
}

const keep: Action = { type: 'keep' }
const dayMs = 24 * 3_600_000

/**
 * A secret that was made for its account by the cluster is first marked as invalid, and goes when nobody
 * has missed it for as long again. Others are somebody's own.
 */
export function plan(secret: Secret, { nowMs, keptMs, account, isMounted }: Situation): Action {
  const { metadata, type } = secret
  if (type !== tokenSecretType || metadata.deletionTimestamp !== undefined) return keep
  if (Date.parse(metadata.creationTimestamp ?? '') >= nowMs - keptMs) return keep
  const keptDay = dayOf(nowMs - keptMs)
  const lastUsed = metadata.labels?.[labelKeys.lastUsed]
  if (lastUsed !== undefined && (!isDay(lastUsed) || lastUsed >= keptDay)) return keep
  if (isMounted || !isMadeFor(account, secret)) return keep
  const since = metadata.labels?.[labelKeys.invalidSince] ?? ''
  if (!isDay(since)) return { type: 'invalidate', since: dayOf(nowMs) }
  return since >= keptDay ? keep : { type: 'delete' }
}

/** Whether uses have been marked for so long that no mark means no use. */
export function isTrackedLongEnough(since: string, nowMs: number, keptMs: number): boolean {
  return isDay(since) && nowMs >= Date.parse(since) + dayMs + keptMs
}

function isMadeFor(account: ServiceAccount | undefined, { metadata }: Secret): boolean {
  const uid = metadata.annotations?.[annotationKeys.uid]
  if (account === undefined || (uid && uid !== account.metadata.uid)) return false
  return account.secrets?.some(({ name }) => name === metadata.name) === true
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** `2026-11-28` */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

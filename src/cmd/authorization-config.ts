/**
 * An AuthorizationConfiguration: several webhooks, each with a name and conditions of its own.
 * Upstream: staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go and
 * pkg/authorization/cel, v1.36.
 */
import { parseDurationMs } from '#api/duration.ts'
import { flag, listOf, struct, text } from '#api/config-type.ts'
import { UserError } from '#base/user-error.ts'
import { conditionsOf } from '#apiserver/authorization/match-conditions.ts'
import { modes } from '#apiserver/authorization/union.ts'
import type { Mode } from '#apiserver/authorization/union.ts'
import type { WebhookOptions } from '#apiserver/authorization/webhook.ts'
import { connectByKubeconfig } from './connect-webhook.ts'
import type { WebhookWorld } from './connect-webhook.ts'
import type { AuthorizationChoice } from './authorization-flags.ts'
import { readConfig } from './read-config.ts'

const kind = {
  kind: 'AuthorizationConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map((v) => `apiserver.config.k8s.io/${v}`),
  type: struct('v1.AuthorizationConfiguration', {
    authorizers: listOf(
      struct('v1.AuthorizerConfiguration', {
        type: text,
        name: text,
        webhook: struct('v1.WebhookConfiguration', {
          authorizedTTL: text,
          cacheAuthorizedRequests: flag,
          unauthorizedTTL: text,
          cacheUnauthorizedRequests: flag,
          timeout: text,
          subjectAccessReviewVersion: text,
          matchConditionSubjectAccessReviewVersion: text,
          failurePolicy: text,
          connectionInfo: struct('v1.WebhookConnectionInfo', { type: text, kubeConfigFile: text }),
          matchConditions: listOf(struct('v1.WebhookMatchCondition', { expression: text })),
        }),
      }),
    ),
  }),
}

interface Configuration {
  readonly authorizers?: readonly AuthorizerEntry[]
}

interface AuthorizerEntry {
  readonly type?: string
  readonly name?: string
  readonly webhook?: WebhookEntry
}

interface WebhookEntry {
  readonly authorizedTTL?: string
  readonly cacheAuthorizedRequests?: boolean
  readonly cacheUnauthorizedRequests?: boolean
  readonly unauthorizedTTL?: string
  readonly timeout?: string
  readonly subjectAccessReviewVersion?: string
  readonly matchConditionSubjectAccessReviewVersion?: string
  readonly failurePolicy?: string
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string }
  readonly matchConditions?: readonly { readonly expression?: string }[]
}

const timeoutMsMax = 30_000
const defaults = { authorizedTtl: '5m', unauthorizedTtl: '30s' } as const

/** Throws UserError that names what is wrong. */
export async function readAuthorizationConfig(
  path: string,
  world: WebhookWorld,
): Promise<Omit<AuthorizationChoice, 'policies'>> {
  const { authorizers = [] } = await readConfig<Configuration>('authorization-config', path, kind)
  if (authorizers.length === 0) {
    throw wrong('authorizers', 'Required value: at least one authorization mode must be defined')
  }
  refuseRepeated(authorizers)
  const chosen: Mode[] = []
  const webhooks: WebhookOptions[] = []
  for (const [at, entry] of authorizers.entries()) {
    const where = `authorizers[${at}]`
    chosen.push(modeOf(entry, where))
    if (entry.type === 'Webhook') {
      webhooks.push(await webhookOf(entry.webhook, `${where}.webhook`, world))
    } else if (entry.webhook !== undefined) {
      throw wrong(`${where}.webhook`, 'may only be defined when type=Webhook')
    }
  }
  return { modes: chosen, webhooks }
}

function modeOf({ type, name = '' }: AuthorizerEntry, where: string): Mode {
  const mode = modes.find((known) => known === type)
  if (mode === undefined) {
    throw wrong(`${where}.type`, `Unsupported value: ${JSON.stringify(type ?? '')}`)
  }
  if (name === '') throw wrong(`${where}.name`, 'Required value')
  return mode
}

function refuseRepeated(entries: readonly AuthorizerEntry[]): void {
  entries.forEach(({ type, name }, at) => {
    const before = entries.slice(0, at)
    if (before.some((other) => other.name === name)) {
      throw wrong(`authorizers[${at}].name`, `Duplicate value: ${JSON.stringify(name)}`)
    }
    if (type !== 'Webhook' && before.some((other) => other.type === type)) {
      throw wrong(`authorizers[${at}].type`, `Duplicate value: ${JSON.stringify(type)}`)
    }
  })
}

async function webhookOf(
  entry: WebhookEntry | undefined,
  where: string,
  { clock, random }: WebhookWorld,
): Promise<WebhookOptions> {
  if (entry === undefined) throw wrong(where, 'required when type=Webhook')
  const { subjectAccessReviewVersion: version, failurePolicy: onError } = entry
  if (version !== 'v1' && version !== 'v1beta1') {
    throw wrong(`${where}.subjectAccessReviewVersion`, 'must be v1 or v1beta1')
  }
  if (onError !== 'NoOpinion' && onError !== 'Deny') {
    throw wrong(`${where}.failurePolicy`, 'must be NoOpinion or Deny')
  }
  const timeoutMs = durationOf(entry.timeout ?? '', `${where}.timeout`)
  if (timeoutMs <= 0 || timeoutMs > timeoutMsMax) {
    throw wrong(`${where}.timeout`, 'must be above 0 and at most 30s')
  }
  return {
    post: await connectionOf(entry.connectionInfo, `${where}.connectionInfo`, timeoutMs),
    clock,
    random,
    version,
    onError,
    ...lifetimesOf(entry, where),
    ...(await matchesOf(entry, where)),
  }
}

/** How long answers are believed; not at all where they are not to be remembered. */
function lifetimesOf(
  entry: WebhookEntry,
  where: string,
): Pick<WebhookOptions, 'authorizedTtlMs' | 'unauthorizedTtlMs'> {
  const { authorizedTTL = defaults.authorizedTtl } = entry
  const { unauthorizedTTL = defaults.unauthorizedTtl } = entry
  const authorizedMs = durationOf(authorizedTTL, `${where}.authorizedTTL`)
  const unauthorizedMs = durationOf(unauthorizedTTL, `${where}.unauthorizedTTL`)
  return {
    authorizedTtlMs: entry.cacheAuthorizedRequests === false ? 0 : authorizedMs,
    unauthorizedTtlMs: entry.cacheUnauthorizedRequests === false ? 0 : unauthorizedMs,
  }
}

async function matchesOf(
  { matchConditions = [], matchConditionSubjectAccessReviewVersion: version }: WebhookEntry,
  where: string,
): Promise<Pick<WebhookOptions, 'matches'>> {
  if (matchConditions.length === 0) return {}
  if (version !== 'v1') {
    throw wrong(`${where}.matchConditionSubjectAccessReviewVersion`, 'must be v1')
  }
  const expressions = matchConditions.map(({ expression = '' }) => expression)
  try {
    return { matches: conditionsOf(expressions) }
  } catch (error) {
    throw wrong(`${where}.matchConditions`, (error as Error).message)
  }
}

async function connectionOf(
  info: WebhookEntry['connectionInfo'],
  where: string,
  timeoutMs: number,
): Promise<WebhookOptions['post']> {
  if (info?.type !== 'KubeConfigFile') {
    throw wrong(
      `${where}.type`,
      `${JSON.stringify(info?.type ?? '')} is not supported: KubeConfigFile is`,
    )
  }
  if ((info.kubeConfigFile ?? '') === '') throw wrong(`${where}.kubeConfigFile`, 'Required value')
  return connectByKubeconfig(where, info.kubeConfigFile ?? '', { timeoutMs })
}

function durationOf(text: string, where: string): number {
  try {
    return parseDurationMs(text)
  } catch (error) {
    throw wrong(where, (error as Error).message)
  }
}

function wrong(where: string, what: string): UserError {
  return new UserError(`--authorization-config: ${where === '' ? '' : `${where}: `}${what}`)
}

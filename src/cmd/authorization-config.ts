/**
 * An AuthorizationConfiguration: several webhooks, each with a name and conditions of its own.
 * Upstream: staging/src/k8s.io/apiserver/pkg/apis/apiserver/v1/{types,defaults}.go, v1.36.
 */
import { parseDurationMs } from '#api/duration.ts'
import { flag, listOf, struct, text } from '#api/config-type.ts'
import { aggregate } from '#api/meta/field-error.ts'
import { UserError } from '#base/user-error.ts'
import { conditionsOf } from '#apiserver/authorization/match-conditions.ts'
import type { Mode } from '#apiserver/authorization/union.ts'
import type { WebhookOptions } from '#apiserver/authorization/webhook.ts'
import { connectByKubeconfig } from './connect-webhook.ts'
import type { WebhookWorld } from './connect-webhook.ts'
import type { AuthorizationChoice } from './authorization-flags.ts'
import { authorizersErrors } from './authorizer-errors.ts'
import type { AuthorizerEntry, WebhookEntry } from './authorizer-errors.ts'
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

const defaults = { authorizedTtl: '5m', unauthorizedTtl: '30s' } as const

/** Throws UserError that names what is wrong. */
export async function readAuthorizationConfig(
  path: string,
  world: WebhookWorld,
): Promise<Omit<AuthorizationChoice, 'policies'>> {
  const { authorizers = [] } = await readConfig<Configuration>('authorization-config', path, kind)
  const errors = authorizersErrors(authorizers)
  if (errors.length > 0) throw new UserError(`--authorization-config: ${aggregate(errors)}`)
  const webhooks: WebhookOptions[] = []
  for (const [at, { webhook }] of authorizers.entries()) {
    if (webhook !== undefined) webhooks.push(await webhookOf(webhook, `authorizers[${at}]`, world))
  }
  return { modes: authorizers.map(({ type }) => type as Mode), webhooks }
}

/** Of one that is known to be right. */
async function webhookOf(
  entry: WebhookEntry,
  where: string,
  { clock, random }: WebhookWorld,
): Promise<WebhookOptions> {
  const { connectionInfo = {}, timeout = '', matchConditions = [] } = entry
  const post = await connectByKubeconfig(
    `--authorization-config: ${where}.connectionInfo`,
    connectionInfo.kubeConfigFile ?? '',
    { timeoutMs: parseDurationMs(timeout) },
  )
  const expressions = matchConditions.map(({ expression = '' }) => expression)
  return {
    post,
    clock,
    random,
    version: entry.subjectAccessReviewVersion as WebhookOptions['version'],
    onError: entry.failurePolicy as WebhookOptions['onError'],
    ...lifetimesOf(entry),
    ...(expressions.length > 0 && { matches: conditionsOf(expressions) }),
  }
}

/** How long answers are believed; not at all where they are not to be remembered. */
function lifetimesOf(
  entry: WebhookEntry,
): Pick<WebhookOptions, 'authorizedTtlMs' | 'unauthorizedTtlMs'> {
  const { authorizedTTL = defaults.authorizedTtl } = entry
  const { unauthorizedTTL = defaults.unauthorizedTtl } = entry
  return {
    authorizedTtlMs: entry.cacheAuthorizedRequests === false ? 0 : parseDurationMs(authorizedTTL),
    unauthorizedTtlMs:
      entry.cacheUnauthorizedRequests === false ? 0 : parseDurationMs(unauthorizedTTL),
  }
}

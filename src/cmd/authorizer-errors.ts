/**
 * What is wrong with the authorizers of an AuthorizationConfiguration.
 * Upstream: staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go,
 * ValidateAuthorizationConfiguration, v1.36.
 */
import { statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { formatDuration, parseDurationMs } from '#api/duration.ts'
import { duplicate, invalidValue, notSupported, required, tooMany } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import { conditionsOf } from '#apiserver/authorization/match-conditions.ts'
import { modes } from '#apiserver/authorization/union.ts'

export interface AuthorizerEntry {
  readonly type?: string
  readonly name?: string
  readonly webhook?: WebhookEntry
}

export interface WebhookEntry {
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

type Errors = readonly FieldError[]

const timeoutMsMax = 30_000
const matchConditionsMax = 64

export function authorizersErrors(entries: readonly AuthorizerEntry[]): Errors {
  if (entries.length === 0) {
    return [required('authorizers', 'at least one authorization mode must be defined')]
  }
  return entries.flatMap((entry, at) => {
    const path = `authorizers[${at}]`
    const before = entries.slice(0, at)
    return [
      ...typeErrors(entry, before, path),
      ...nameErrors(entry, before, path),
      ...settingsErrors(entry, path),
    ]
  })
}

function typeErrors(
  { type = '' }: AuthorizerEntry,
  before: readonly AuthorizerEntry[],
  path: string,
): Errors {
  const errors = oneOf(`${path}.type`, type, modes.toSorted())
  if (errors.length > 0 || type === 'Webhook') return errors
  return before.some((other) => other.type === type) ? [duplicate(`${path}.type`, type)] : []
}

function nameErrors(
  { name = '' }: AuthorizerEntry,
  before: readonly AuthorizerEntry[],
  path: string,
): Errors {
  const where = `${path}.name`
  if (name === '') return [required(where, '')]
  if (before.some((other) => other.name === name)) return [duplicate(where, name)]
  const problems = validateDns1123Subdomain(name)
  if (problems.length === 0) return []
  return [invalidValue(where, name, `authorizer name is invalid: ${problems.join(', ')}`)]
}

function settingsErrors({ type, webhook }: AuthorizerEntry, path: string): Errors {
  if (type === 'Webhook') {
    if (webhook !== undefined) return webhookErrors(webhook, path)
    return [required(`${path}.webhook`, 'required when type=Webhook')]
  }
  if (webhook === undefined || !modes.some((known) => known === type)) return []
  return [invalidValue(`${path}.webhook`, 'non-null', 'may only be specified when type=Webhook')]
}

function webhookErrors(webhook: WebhookEntry, path: string): Errors {
  const { subjectAccessReviewVersion: version = '', failurePolicy = '' } = webhook
  return [
    ...timeoutErrors(webhook.timeout, `${path}.timeout`),
    ...lifetimeErrors(webhook.authorizedTTL, `${path}.authorizedTTL`),
    ...lifetimeErrors(webhook.unauthorizedTTL, `${path}.unauthorizedTTL`),
    ...oneOf(`${path}.subjectAccessReviewVersion`, version, ['v1', 'v1beta1']),
    ...conditionsVersionErrors(webhook, `${path}.matchConditionSubjectAccessReviewVersion`),
    ...oneOf(`${path}.failurePolicy`, failurePolicy, ['NoOpinion', 'Deny']),
    ...connectionErrors(webhook.connectionInfo ?? {}, `${path}.connectionInfo`),
    ...conditionsErrors(webhook.matchConditions ?? [], `${path}.matchConditions`),
  ]
}

function oneOf(path: string, value: string, supported: readonly string[]): Errors {
  if (value === '') return [required(path, '')]
  return supported.includes(value) ? [] : [notSupported(path, value, supported)]
}

function timeoutErrors(text: string | undefined, path: string): Errors {
  return durationErrors(text, path, (ms) => {
    if (ms === 0) return [required(path, '')]
    if (ms > 0 && ms <= timeoutMsMax) return []
    return [invalidValue(path, formatDuration(ms), 'must be > 0s and <= 30s')]
  })
}

function lifetimeErrors(text: string | undefined, path: string): Errors {
  return durationErrors(text, path, (ms) =>
    ms >= 0 ? [] : [invalidValue(path, formatDuration(ms), 'must be > 0s')],
  )
}

function durationErrors(
  text: string | undefined,
  path: string,
  check: (ms: number) => Errors,
): Errors {
  try {
    return check(text === undefined ? 0 : parseDurationMs(text))
  } catch (error) {
    return [invalidValue(path, text, (error as Error).message)]
  }
}

function conditionsVersionErrors(webhook: WebhookEntry, path: string): Errors {
  const { matchConditionSubjectAccessReviewVersion: version = '', matchConditions = [] } = webhook
  if (version !== '') return oneOf(path, version, ['v1'])
  if (matchConditions.length === 0) return []
  return [required(path, 'required if match conditions are specified')]
}

function connectionErrors(
  { type = '', kubeConfigFile }: NonNullable<WebhookEntry['connectionInfo']>,
  path: string,
): Errors {
  if (type === 'KubeConfigFile') return fileErrors(kubeConfigFile ?? '', `${path}.kubeConfigFile`)
  // Upstream knows InClusterConfig too; a server of this project is never in a pod.
  return oneOf(`${path}.type`, type, ['KubeConfigFile'])
}

function fileErrors(file: string, path: string): Errors {
  if (file === '') return [required(path, '')]
  if (!isAbsolute(file)) return [invalidValue(path, file, 'must be an absolute path')]
  try {
    return statSync(file).isFile() ? [] : [invalidValue(path, file, 'must be a regular file')]
  } catch (error) {
    return [invalidValue(path, file, `error loading file: ${(error as Error).message}`)]
  }
}

function conditionsErrors(
  conditions: NonNullable<WebhookEntry['matchConditions']>,
  path: string,
): Errors {
  if (conditions.length > matchConditionsMax) {
    return [tooMany(path, conditions.length, matchConditionsMax)]
  }
  const expressions = conditions.map(({ expression = '' }) => expression.trim())
  return expressions.flatMap((expression, at) => {
    const where = `${path}[${at}].expression`
    if (expression === '') return [required(where, '')]
    if (expressions.indexOf(expression) < at) return [duplicate(where, expression)]
    return expressionErrors(expression, where)
  })
}

function expressionErrors(expression: string, path: string): Errors {
  try {
    conditionsOf([expression])
    return []
  } catch (error) {
    return [invalidValue(path, expression, (error as Error).message)]
  }
}

/** Webhooks of a configuration in the form in which requests are checked against them. */
import type {
  MatchCondition,
  MutatingWebhook,
  ValidatingWebhook,
  WebhookClientConfig,
} from '#api/admissionregistration/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Constraints } from '#apiserver/admission/matching/rules.ts'
import { compileSelectors, type Selectors } from '#apiserver/admission/matching/selectors.ts'

export interface Hook {
  readonly type: 'admit' | 'validating'
  readonly name: string
  /** Unique among all webhooks. */
  readonly id: string
  readonly configuration: string
  readonly client: WebhookClientConfig
  readonly constraints: Constraints
  readonly selectors: Selectors
  readonly conditions: readonly MatchCondition[]
  readonly failsOpen: boolean
  readonly timeoutMs: number
  readonly reviewVersion: 'v1' | 'v1beta1'
  readonly allowsDryRun: boolean
  readonly reinvokes: boolean
}

interface Configuration extends ApiObject {
  webhooks?: (MutatingWebhook | ValidatingWebhook)[]
}

export function compileHooks(
  { metadata, webhooks = [] }: Configuration,
  type: Hook['type'],
): readonly Hook[] {
  return webhooks.map((webhook) => ({
    type,
    name: webhook.name,
    id: `${metadata.name}/${webhook.name}`,
    configuration: metadata.name,
    client: webhook.clientConfig,
    constraints: {
      matchPolicy: webhook.matchPolicy ?? 'Equivalent',
      rules: webhook.rules ?? [],
      excluded: [],
    },
    selectors: compileSelectors(webhook),
    conditions: webhook.matchConditions ?? [],
    failsOpen: webhook.failurePolicy === 'Ignore',
    timeoutMs: (webhook.timeoutSeconds ?? 10) * 1000,
    reviewVersion: webhook.admissionReviewVersions.find(isKnown) ?? 'v1',
    allowsDryRun: ['None', 'NoneOnDryRun'].includes(webhook.sideEffects),
    reinvokes: 'reinvocationPolicy' in webhook && webhook.reinvocationPolicy === 'IfNeeded',
  }))
}

function isKnown(version: string): version is Hook['reviewVersion'] {
  return version === 'v1' || version === 'v1beta1'
}

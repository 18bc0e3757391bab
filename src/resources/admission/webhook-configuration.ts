/**
 * Upstream: pkg/apis/admissionregistration/validation/validation.go, v1/defaults.go,
 * pkg/registry/admissionregistration/{mutating,validating}webhookconfiguration/strategy.go.
 */
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '#api/admissionregistration/v1.gen.ts'
import { duplicate, invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { validateDns1035Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import type { ResourceType } from '#api/resource-type.ts'
import {
  mutatingwebhookconfigurations,
  validatingwebhookconfigurations,
} from '#api/resources.gen.ts'
import { checkSupported, refuse, type Errors } from '#resources/checks/checks.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'
import { checkWebhookClient } from '#resources/checks/webhook-client.ts'
import { ageColumn, integerColumn, nameColumn } from '#resources/columns.ts'
import { raiseGeneration } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource, type Resource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import {
  checkMatchConditions,
  checkRule,
  defaultRule,
  failurePolicies,
  matchPolicies,
} from './rules.ts'

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration
type Webhook = MutatingWebhook | ValidatingWebhook

function row<T extends Configuration>(
  type: ResourceType<T>,
  defaultWebhook: (webhook: Webhook) => void,
): Resource<T> {
  return defineResource<T>({
    ...served(type),
    categories: ['api-extensions'],
    hasGeneration: true,
    validateName: subdomainName,
    default({ webhooks }) {
      webhooks?.forEach(defaultWebhook)
    },
    prepareForCreate(configuration) {
      configuration.metadata.generation = 1
    },
    prepareForUpdate(next, prior) {
      raiseGeneration(next, prior, ['webhooks'])
    },
    validate,
    validateUpdate: validate,
    columns: [
      nameColumn(),
      integerColumn(
        'Webhooks',
        'Webhooks indicates the number of webhooks registered in this configuration.',
        ({ webhooks }) => webhooks?.length ?? 0,
      ),
      ageColumn(),
    ],
  })
}

export const mutatingWebhookConfigurations = row<MutatingWebhookConfiguration>(
  mutatingwebhookconfigurations,
  (webhook: MutatingWebhook) => {
    defaultCommon(webhook)
    webhook.reinvocationPolicy ??= 'Never'
  },
)

export const validatingWebhookConfigurations = row<ValidatingWebhookConfiguration>(
  validatingwebhookconfigurations,
  defaultCommon,
)

function defaultCommon(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail'
  webhook.matchPolicy ??= 'Equivalent'
  webhook.namespaceSelector ??= {}
  webhook.objectSelector ??= {}
  webhook.timeoutSeconds ??= 10
  webhook.rules?.forEach(defaultRule)
  const { service } = webhook.clientConfig ?? {}
  if (service !== undefined) service.port ??= 443
}

function validate({ webhooks = [] }: Configuration): readonly FieldError[] {
  const errors: Errors = []
  const names = new Set<string>()
  for (const [at, webhook] of webhooks.entries()) {
    const path = `webhooks[${at}]`
    checkReviewVersions(webhook.admissionReviewVersions, `${path}.admissionReviewVersions`, errors)
    checkWebhook(webhook, path, errors)
    if (webhook.name === '') continue
    if (names.has(webhook.name)) errors.push(duplicate(`${path}.name`, webhook.name))
    names.add(webhook.name)
  }
  return errors
}

const reviewVersions = ['v1', 'v1beta1']

function checkReviewVersions(
  versions: readonly string[] | undefined,
  path: string,
  errors: Errors,
): void {
  const listed = reviewVersions.join(', ')
  if (versions === undefined || versions.length === 0) {
    errors.push(required(path, `must specify one of ${listed}`))
    return
  }
  const seen = new Set<string>()
  for (const [at, version] of versions.entries()) {
    if (seen.has(version)) {
      errors.push(invalidValue(`${path}[${at}]`, version, 'duplicate version'))
      continue
    }
    seen.add(version)
    refuse(errors, `${path}[${at}]`, version, validateDns1035Label(version))
  }
  if (!reviewVersions.some((known) => seen.has(known))) {
    errors.push(invalidValue(path, versions, `must include at least one of ${listed}`))
  }
}

const sideEffects = ['None', 'NoneOnDryRun']

function checkWebhook(webhook: Webhook, path: string, errors: Errors): void {
  checkQualifiedDomain(webhook.name, `${path}.name`, errors)
  webhook.rules?.forEach((rule, at) => checkRule(rule, `${path}.rules[${at}]`, errors))
  checkSupported(webhook.failurePolicy, failurePolicies, `${path}.failurePolicy`, errors)
  checkSupported(webhook.matchPolicy, matchPolicies, `${path}.matchPolicy`, errors)
  if (webhook.sideEffects === undefined) {
    errors.push(required(`${path}.sideEffects`, `must specify one of ${sideEffects.join(', ')}`))
  } else checkSupported(webhook.sideEffects, sideEffects, `${path}.sideEffects`, errors)
  const { timeoutSeconds } = webhook
  if (timeoutSeconds !== undefined && (timeoutSeconds > 30 || timeoutSeconds < 1)) {
    const detail = 'the timeout value must be between 1 and 30 seconds'
    errors.push(invalidValue(`${path}.timeoutSeconds`, timeoutSeconds, detail))
  }
  checkLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, errors)
  checkLabelSelector(webhook.objectSelector, `${path}.objectSelector`, errors)
  if ('reinvocationPolicy' in webhook) {
    const policies = ['IfNeeded', 'Never']
    checkSupported(webhook.reinvocationPolicy, policies, `${path}.reinvocationPolicy`, errors)
  }
  checkWebhookClient(webhook.clientConfig ?? {}, `${path}.clientConfig`, errors)
  checkMatchConditions(webhook.matchConditions, `${path}.matchConditions`, errors)
}

function checkQualifiedDomain(name: string | undefined, path: string, errors: Errors): void {
  if (name === undefined || name === '') {
    errors.push(required(path, ''))
    return
  }
  const problems = validateDns1123Subdomain(name)
  if (problems.length > 0) errors.push(invalidValue(path, name, problems.join(',')))
  else if (name.split('.').length < 3) {
    const detail = 'should be a domain with at least three segments separated by dots'
    errors.push(invalidValue(path, name, detail))
  }
}

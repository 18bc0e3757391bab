/**
 * How objects come from one version to another.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
 * (validateCustomResourceConversion) and staging/src/k8s.io/apiserver/pkg/util/webhook/validation.go,
 * v1.36.
 */
import type { CustomResourceConversion, WebhookClientConfig } from '#api/apiextensions/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { caBundleProblem } from '#base/certificate.ts'
import { validateDns1035Label } from '#api/meta/names.ts'
import { checkWebhookClient } from '#resources/checks/webhook-client.ts'

const strategies = ['None', 'Webhook']
const reviewVersions = ['v1', 'v1beta1']

export function conversionErrors(
  conversion: CustomResourceConversion | undefined,
  path: string,
): readonly FieldError[] {
  if (conversion === undefined) return []
  const { strategy, webhook } = conversion
  const errors: FieldError[] = []
  if (strategy === '') errors.push(required(`${path}.strategy`, ''))
  else if (!strategies.includes(strategy)) {
    errors.push(notSupported(`${path}.strategy`, strategy, strategies))
  }
  const config = `${path}.webhookClientConfig`
  const versions = `${path}.conversionReviewVersions`
  if (strategy === 'Webhook') {
    errors.push(...clientErrors(webhook?.clientConfig, config))
    errors.push(...versionErrors(webhook?.conversionReviewVersions ?? [], versions))
    return errors
  }
  const text = 'should not be set when strategy is not set to Webhook'
  if (webhook?.clientConfig !== undefined) errors.push(forbiddenField(config, text))
  if ((webhook?.conversionReviewVersions ?? []).length > 0) {
    errors.push(forbiddenField(versions, text))
  }
  return errors
}

/** Roots of trust for the webhook that are none; none at all are fine. */
export function caBundleErrors(
  conversion: CustomResourceConversion | undefined,
): readonly FieldError[] {
  const bundle = conversion?.webhook?.clientConfig?.caBundle ?? ''
  const problem = bundle === '' ? undefined : caBundleProblem(atob(bundle))
  if (problem === undefined) return []
  const path = 'spec.conversion.webhookClientConfig.caBundle'
  return [invalidValue(path, bundle, `unable to load root certificates: ${problem}`)]
}

function clientErrors(
  config: WebhookClientConfig | undefined,
  path: string,
): readonly FieldError[] {
  if (config === undefined) return [required(path, 'required when strategy is set to Webhook')]
  const errors: FieldError[] = []
  checkWebhookClient(config, path, errors)
  return errors
}

function versionErrors(versions: readonly string[], path: string): readonly FieldError[] {
  if (versions.length === 0) return [required(path, '')]
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, version] of versions.entries()) {
    const at = `${path}[${index}]`
    if (seen.has(version)) {
      errors.push(invalidValue(at, version, 'duplicate version'))
      continue
    }
    seen.add(version)
    for (const text of validateDns1035Label(version)) errors.push(invalidValue(at, version, text))
  }
  if (!versions.some((version) => reviewVersions.includes(version))) {
    const text = `must include at least one of ${reviewVersions.join(', ')}`
    errors.push(invalidValue(path, versions, text))
  }
  return errors
}

/**
 * How objects come from one version to another.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
 * (validateCustomResourceConversion) and staging/src/k8s.io/apiserver/pkg/util/webhook/validation.go,
 * v1.36.
 */
import type {
  CustomResourceConversion,
  ServiceReference,
  WebhookClientConfig,
} from '#api/apiextensions/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import {
  validateDns1035Label,
  validateDns1123Subdomain,
  validatePortNumber,
} from '#api/meta/names.ts'

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

function clientErrors(
  config: WebhookClientConfig | undefined,
  path: string,
): readonly FieldError[] {
  if (config === undefined) return [required(path, 'required when strategy is set to Webhook')]
  const { url, service } = config
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')]
  }
  if (url !== undefined) return urlErrors(url, `${path}.url`)
  return service === undefined ? [] : serviceErrors(service, `${path}.service`)
}

const form = '; desired format: https://host[/path]'

function urlErrors(text: string, path: string): readonly FieldError[] {
  const url = URL.parse(text)
  if (url === null) {
    return [
      required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI${form}`),
    ]
  }
  const errors: FieldError[] = []
  const refuse = (value: string, detail: string): unknown =>
    errors.push(invalidValue(path, value, detail))
  const scheme = url.protocol.slice(0, -1)
  if (scheme !== 'https') refuse(scheme, `'https' is the only allowed URL scheme${form}`)
  if (url.host === '') refuse('', `host must be specified${form}`)
  const user = url.password === '' ? url.username : `${url.username}:${url.password}`
  if (user !== '') refuse(user, 'user information is not permitted in the URL')
  if (url.hash !== '') refuse(url.hash.slice(1), 'fragments are not permitted in the URL')
  if (url.search !== '') {
    refuse(url.search.slice(1), 'query parameters are not permitted in the URL')
  }
  return errors
}

function serviceErrors(service: ServiceReference, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  if (service.name === '') errors.push(required(`${path}.name`, 'service name is required'))
  if (service.namespace === '') {
    errors.push(required(`${path}.namespace`, 'service namespace is required'))
  }
  const port = service.port ?? 443
  const problems = validatePortNumber(port)
  if (problems.length > 0) {
    errors.push(invalidValue(`${path}.port`, port, `port is not valid: ${problems.join(',')}`))
  }
  errors.push(...pathErrors(service.path ?? '', `${path}.path`))
  return errors
}

function pathErrors(value: string, path: string): readonly FieldError[] {
  if (value === '' || value === '/') return []
  const refuse = (detail: string): FieldError => invalidValue(path, value, detail)
  if (value === '//') return [refuse('segment[0] may not be empty')]
  const errors = value.startsWith('/') ? [] : [refuse("must start with a '/'")]
  const steps = value.slice(1).replace(/\/$/, '').split('/')
  for (const [index, step] of steps.entries()) {
    if (step === '') errors.push(refuse(`segment[${index}] may not be empty`))
    else {
      for (const text of validateDns1123Subdomain(step)) {
        errors.push(refuse(`segment[${index}]: ${text}`))
      }
    }
  }
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

/**
 * Where a webhook is: a URL or a Service.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/webhook/validation.go.
 */
import { invalidValue, required } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain, validatePortNumber } from '#api/meta/names.ts'
import type { Errors } from './checks.ts'

export interface WebhookClient {
  readonly url?: string
  readonly service?: {
    readonly name?: string
    readonly namespace?: string
    readonly path?: string
    readonly port?: number
  }
}

export function checkWebhookClient(client: WebhookClient, path: string, errors: Errors): void {
  const { url, service } = client
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(path, 'exactly one of url or service is required'))
    return
  }
  if (url !== undefined) checkWebhookUrl(url, `${path}.url`, errors)
  if (service !== undefined) checkWebhookService(service, `${path}.service`, errors)
}

const form = '; desired format: https://host[/path]'

export function checkWebhookUrl(text: string, path: string, errors: Errors): void {
  const parts = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s
  const [, scheme = '', authority = '', query = '', fragment = ''] = parts.exec(text) ?? []
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  if (scheme.toLowerCase() !== 'https') {
    errors.push(invalidValue(path, scheme, `'https' is the only allowed URL scheme${form}`))
  }
  if (host === '') errors.push(invalidValue(path, host, `host must be specified${form}`))
  if (at >= 0) {
    const user = authority.slice(0, at)
    errors.push(invalidValue(path, user, 'user information is not permitted in the URL'))
  }
  if (fragment !== '') {
    errors.push(invalidValue(path, fragment, 'fragments are not permitted in the URL'))
  }
  if (query !== '') {
    errors.push(invalidValue(path, query, 'query parameters are not permitted in the URL'))
  }
}

export function checkWebhookService(
  { name = '', namespace = '', path: urlPath, port = 443 }: NonNullable<WebhookClient['service']>,
  path: string,
  errors: Errors,
): void {
  if (name === '') errors.push(required(`${path}.name`, 'service name is required'))
  if (namespace === '') errors.push(required(`${path}.namespace`, 'service namespace is required'))
  const problems = validatePortNumber(port)
  if (problems.length > 0) {
    errors.push(invalidValue(`${path}.port`, port, `port is not valid: ${problems.join(',')}`))
  }
  if (urlPath !== undefined) checkUrlPath(urlPath, `${path}.path`, errors)
}

function checkUrlPath(text: string, path: string, errors: Errors): void {
  const refuse = (why: string): number => errors.push(invalidValue(path, text, why))
  if (text === '' || text === '/') return
  if (text === '//') {
    refuse('segment[0] may not be empty')
    return
  }
  if (!text.startsWith('/')) refuse("must start with a '/'")
  const steps = text.slice(1).replace(/\/$/, '').split('/')
  for (const [at, step] of steps.entries()) {
    if (step === '') refuse(`segment[${at}] may not be empty`)
    else for (const problem of validateDns1123Subdomain(step)) refuse(`segment[${at}]: ${problem}`)
  }
}

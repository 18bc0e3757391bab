/**
 * Where a webhook is called. A Service is reached at its cluster IP or at the addresses behind it; its
 * certificate must be for `name.namespace.svc`. Upstream: apiserver/pkg/util/webhook/client.go, pkg/util/proxy/proxy.go.
 */
import type { WebhookClientConfig } from '#api/admissionregistration/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { services } from '#api/resources.gen.ts'
import type { Locate } from '#apiserver/aggregator/locate.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { CredentialsFor, WebhookCredentials } from './credentials.ts'

export interface WebhookTarget {
  /** As messages name it, without the timeout. */
  readonly url: string
  /** What to dial. */
  readonly host: string
  readonly port: number
  /** Whose certificate it must be. */
  readonly serverName: string
  readonly path: string
  /** PEM; undefined: the system's roots. */
  readonly ca: string | undefined
  /** Undefined: nobody in particular asks. */
  readonly credentials?: WebhookCredentials | undefined
}

/** How webhooks are reached, beyond what their configuration says. */
export interface Reach {
  /** `--enable-aggregator-routing`: by the addresses behind a Service; absent: by its own. */
  readonly locate?: Locate
  readonly credentialsFor?: CredentialsFor
}

/** What stands in messages, also when the service is not there. */
export function shownUrl({ url, service }: WebhookClientConfig): string {
  if (url !== undefined) return url
  const { name = '', namespace = '', port = 443, path = '' } = service ?? {}
  return `https://${name}.${namespace}.svc:${port}${path === '' ? '/' : path}`
}

/** Throws an Error with upstream's words. */
export function targetOf(
  client: WebhookClientConfig,
  objects: Objects,
  { locate, credentialsFor }: Reach = {},
): WebhookTarget {
  const ca = caOf(client.caBundle)
  const url = shownUrl(client)
  const parsed = new URL(url)
  const common = { url, path: `${parsed.pathname}${parsed.search}`, ca }
  if (client.service === undefined) {
    const host = parsed.hostname.replace(/^\[|\]$/g, '')
    const port = Number(parsed.port || '443')
    return { ...common, host, port, serverName: host, credentials: credentialsFor?.(host, port) }
  }
  const { name, namespace, port = 443 } = client.service
  const reference = { name, namespace, port }
  const address =
    locate === undefined ? clusterAddress(objects, reference) : split(locate(reference))
  const serverName = `${name}.${namespace}.svc`
  return { ...common, ...address, serverName, credentials: credentialsFor?.(serverName, port) }
}

/** `10.1.2.3:443`, `[fd00::1]:443` */
function split(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '')
  return { host, port: Number(address.slice(colon + 1)) }
}

function clusterAddress(
  objects: Objects,
  { name, namespace, port }: { name: string; namespace: string; port: number },
): { host: string; port: number } {
  const service = objects.get(services, namespace, name)
  if (service === undefined) throw new Error(`service ${goQuote(name)} not found`)
  const { type = 'ClusterIP', clusterIP = '', externalName = '', ports = [] } = service.spec ?? {}
  if (type === 'ExternalName') return { host: externalName, port }
  if (!ports.some((one) => one.port === port)) {
    throw new Error(`no service port ${port} found for service ${goQuote(name)}`)
  }
  if (clusterIP === '' || clusterIP === 'None') {
    throw new Error(`service ${goQuote(name)} has no cluster IP`)
  }
  return { host: clusterIP, port }
}

function caOf(bundle: string | undefined): string | undefined {
  if (bundle === undefined || bundle === '') return undefined
  const pem = new TextDecoder().decode(Uint8Array.fromBase64(bundle))
  // Older servers took white space for roots: as if there were none.
  return pem.trim() === '' ? undefined : pem
}

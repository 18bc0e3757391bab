/** `nodes/proxy`, `pods/proxy`, `services/proxy`: requests and upgrades, passed to the backend. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { genericServerResponse, serviceUnavailable } from '#api/meta/status.ts'
import type { Endpoint, EndpointRequest, UpgradeEndpoint } from '#apiserver/http/endpoint.ts'
import { withoutCredentials } from '#apiserver/http/credentials.ts'
import { join, requestUpgrade, switchingProtocols } from '#streams/upgrade.ts'
import type { KubeletClient } from './kubelet.ts'
import { nodeTarget, podTarget, serviceTarget, type ProxyTarget } from './proxy-target.ts'

const connectTimeoutMs = 30_000

/** Of one connection, not of the request behind it: they must not be passed on (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

type Locate = (request: EndpointRequest) => ProxyTarget

function locators(client: KubeletClient, random: () => number): ReadonlyMap<string, Locate> {
  return new Map<string, Locate>([
    ['nodes', ({ name }) => nodeTarget(client, name)],
    ['pods', ({ namespace, name }) => podTarget(client.objects(), namespace, name)],
    [
      'services',
      ({ namespace, name }) => serviceTarget(client.objects(), { namespace, name }, random),
    ],
  ])
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const

/** Keys as the endpoint table wants them: `GET services/proxy`. */
export function proxyEndpoints(
  client: KubeletClient,
  random: () => number,
): ReadonlyMap<string, Endpoint> {
  const entries: (readonly [string, Endpoint])[] = []
  for (const [resource, locate] of locators(client, random)) {
    for (const method of methods) {
      entries.push([`${method} ${resource}/proxy`, (request) => passOn(request, locate(request))])
    }
  }
  return new Map(entries)
}

export function proxyUpgrades(
  client: KubeletClient,
  random: () => number,
): ReadonlyMap<string, UpgradeEndpoint> {
  return new Map(
    [...locators(client, random)].map(([resource, locate]): [string, UpgradeEndpoint] => [
      `${resource}/proxy`,
      async (request) => {
        const target = locate(request)
        const answer = await requestUpgrade({
          url: urlOf(request, target),
          method: request.method,
          headers: {
            ...passedHeaders(request.headers),
            connection: 'Upgrade',
            upgrade: request.headers.upgrade,
          },
          ...(target.tls === undefined ? {} : { tls: target.tls }),
          signal: request.signal,
        })
        if (answer.type === 'refused') {
          throw genericServerResponse({
            code: answer.answer.statusCode ?? 502,
            verb: request.method,
          })
        }
        request.socket.write(switchingProtocols(answer.answer.headers))
        if (answer.head.length > 0) request.socket.write(answer.head)
        if (request.head.length > 0) answer.socket.write(request.head)
        await join(request.socket, answer.socket)
      },
    ]),
  )
}

async function passOn(request: EndpointRequest, target: ProxyTarget) {
  const answer = await send(request, target)
  const headers = Object.fromEntries(
    Object.entries(answer.headers).filter(
      ([name, value]) => !hopByHop.has(name) && value !== undefined,
    ),
  ) as Record<string, string | string[]>
  return { type: 'raw' as const, status: answer.statusCode ?? 502, headers, body: answer }
}

async function send(request: EndpointRequest, target: ProxyTarget): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const options: RequestOptions = {
    method: request.method,
    headers: passedHeaders(request.headers),
    agent: false,
    signal: request.signal,
    ...(target.tls ?? { rejectUnauthorized: false }),
  }
  const start = target.url.startsWith('https:') ? httpsRequest : httpRequest
  const outgoing = start(urlOf(request, target), options)
  outgoing.setTimeout(connectTimeoutMs, () => outgoing.destroy(new Error('no answer')))
  outgoing.once('response', (answer) => {
    outgoing.setTimeout(0)
    resolve(answer)
  })
  outgoing.once('error', reject)
  for await (const chunk of request.body) outgoing.write(chunk)
  outgoing.end()
  return promise.catch((error: unknown) => {
    throw serviceUnavailable(
      `error trying to reach service: ${error instanceof Error ? error.message : String(error)}`,
    )
  })
}

function urlOf(request: EndpointRequest, target: ProxyTarget): string {
  const query = request.query.toString()
  return `${target.url}${request.subpath === '' ? '/' : request.subpath}${query === '' ? '' : `?${query}`}`
}

/** The caller's credentials are for us alone, and the connection's headers for the connection. */
function passedHeaders(headers: EndpointRequest['headers']) {
  const kept = Object.entries(withoutCredentials(headers)).filter(([name]) => !hopByHop.has(name))
  return Object.fromEntries(kept)
}

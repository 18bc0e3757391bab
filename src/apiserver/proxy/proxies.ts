/**
 * The endpoints that pass on requests: logs, exec and its kin, proxies. Their modules (WebSocket, SPDY,
 * Node's HTTP client) take a tenth of the server's start, and most servers start without being asked for
 * any of it: so they are loaded when they are.
 */
import { must } from '#base/assert.ts'
import type { Endpoint, Endpoints, UpgradeEndpoint } from '#apiserver/http/endpoint.ts'
import type { KubeletClient } from './kubelet.ts'
import { upgradeRequired } from './upgrade-required.ts'

const streams = ['exec', 'attach', 'portforward'].map((name) => `pods/${name}`)
const proxied = ['nodes', 'pods', 'services'].map((name) => `${name}/proxy`)
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

export function proxies(kubelet: KubeletClient, random: () => number): Endpoints {
  let loading: Promise<Endpoints> | undefined
  const load = (): Promise<Endpoints> =>
    (loading ??= import('./proxy-table.ts').then(({ proxyTable }) => proxyTable(kubelet, random)))
  const plain = (key: string): [string, Endpoint] => [
    key,
    async (request) => must((await load()).plain.get(key), key)(request),
  ]
  const upgrade = (key: string): [string, UpgradeEndpoint] => [
    key,
    async (request) => must((await load()).upgrade.get(key), key)(request),
  ]
  return {
    plain: new Map([
      ...['GET pods/log', ...across(methods, proxied)].map(plain),
      ...across(['GET', 'POST'], streams).map((key) => [key, upgradeRequired] as const),
    ]),
    upgrade: new Map([...streams, ...proxied].map(upgrade)),
  }
}

function across(verbs: readonly string[], places: readonly string[]): readonly string[] {
  return verbs.flatMap((verb) => places.map((place) => `${verb} ${place}`))
}

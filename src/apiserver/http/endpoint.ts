/**
 * What the HTTP layer hands to an endpoint that is not a plain verb on an object: log, exec, attach,
 * portforward, proxy, token, eviction, binding, reviews. Registered in a table by `resource/subresource`
 * (`pods/log`), by resource for those without storage (`subjectaccessreviews`), or by path (`/healthz`).
 */
import type { Duplex } from 'node:stream'
import type { IncomingHttpHeaders } from 'node:http'
import type { ApiObject } from '#api/resource-type.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Call } from '#apiserver/registry/registry.ts'

export interface EndpointRequest {
  readonly method: string
  readonly user: UserInfo
  /** Decoded and slash-joined rest after `…/proxy`, with its leading slash; '' otherwise. */
  readonly subpath: string
  readonly name: string
  readonly namespace: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The registry call of the parent resource; absent for plain paths. */
  readonly call: Call | undefined
  /** The decoded body for endpoints that take an object. */
  readonly object: ApiObject | undefined
  /** The raw body for proxies. */
  readonly body: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

export type EndpointAnswer =
  | { readonly type: 'object'; readonly status: number; readonly object: unknown }
  | {
      readonly type: 'raw'
      readonly status: number
      readonly headers: Readonly<Record<string, string | readonly string[]>>
      readonly body: Uint8Array | string | AsyncIterable<Uint8Array>
    }

export type Endpoint = (request: EndpointRequest) => Promise<EndpointAnswer> | EndpointAnswer

/** An HTTP/1.1 request with `Upgrade` (SPDY or WebSocket): the socket is the endpoint's from now on. */
export interface UpgradeRequest extends EndpointRequest {
  readonly socket: Duplex
  /** Bytes that came after the head. */
  readonly head: Buffer
  readonly httpVersion: string
  readonly url: string
}

/** Throws StatusError before it has written to the socket; afterwards it only closes it. */
export type UpgradeEndpoint = (request: UpgradeRequest) => Promise<void>

export interface Endpoints {
  /** Key: `METHOD resource/subresource`, `METHOD resource`, or `METHOD /path`. */
  readonly plain: ReadonlyMap<string, Endpoint>
  /** Key: `resource/subresource`, for example `pods/exec`. */
  readonly upgrade: ReadonlyMap<string, UpgradeEndpoint>
}

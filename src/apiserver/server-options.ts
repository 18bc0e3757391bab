import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Resource } from '#resources/resource.ts'
import type { Storage } from '#storage/storage.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import type { Auditor } from './audit/auditor.ts'
import type { ProxyClient } from './aggregator/backend.ts'
import type { Locate } from './aggregator/locate.ts'
import type { AnonymousOptions } from './authentication/authenticate.ts'
import type { TokenAuthenticator, UserInfo } from './authentication/authenticator.ts'
import type { RequestHeaderOptions } from './authentication/request-header.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import type { PostReview } from './crd/conversion-webhook.ts'
import type { Endpoints } from './http/endpoint.ts'
import type { ComponentCheck } from './http/component-status.ts'
import type { MetricRegistry } from './metrics/registry.ts'
import type { CompactionOptions } from './registry/compaction.ts'
import type { Allocator } from './registry/allocator.ts'
import type { Objects } from './registry/objects.ts'

export interface ApiServerOptions {
  /** Stays the caller's to close, after the server. */
  readonly storage: Storage
  /** Other API servers use the same store. Default: this one has it for itself. */
  readonly isStoreShared?: boolean
  /** Default: every five minutes, by this server alone. */
  readonly compaction?: CompactionOptions
  /** What `kubectl get componentstatuses` asks of the store; default: `etcd-0`, by a read. */
  readonly storeChecks?: readonly ComponentCheck[]
  /** `--etcd-healthcheck-timeout` and `--etcd-readycheck-timeout`; default: upstream's, two seconds. */
  readonly storeTimeoutsMs?: { readonly health: number; readonly ready: number }
  readonly clock: Clock
  readonly log: Logger
  /** A number in [0, 1), as Math.random. */
  random(): number
  /** A new UUID, as crypto.randomUUID. */
  uid(): string
  /** Absent: no port, only transports in this process. */
  readonly listen?: ListenOptions
  /** Where others reach the server: the endpoint of the `kubernetes` Service. */
  readonly advertiseAddress: string
  readonly serviceAccount: ServiceAccountOptions
  /** `--service-cluster-ip-range`, one CIDR or two with a comma between. */
  readonly serviceClusterIpRange: string
  /** `--service-node-port-range`, both ends included. */
  readonly serviceNodePortRange: { readonly from: number; readonly to: number }
  /** Beyond certificates and service accounts. */
  readonly authentication?: AuthenticationChoice
  readonly aggregation?: AggregationOptions
  /** What `kubectl get componentstatuses` asks, beyond the store. */
  readonly components?: readonly ComponentCheck[]
  /** Default: every built-in kind. */
  readonly resources?: readonly Resource[]
  readonly parts: ApiServerParts
  /** Default: upstream's. */
  readonly flowControl?: FlowControlChoice
  /** Default: upstream's. */
  readonly serving?: ServingChoice
  /** Absent: no audit log. */
  readonly auditor?: (metrics: MetricRegistry) => Auditor
}

export interface FlowControlChoice {
  /** `--enable-priority-and-fairness`. Default: true. */
  readonly enabled?: boolean
  /** `--max-requests-inflight`, `--max-mutating-requests-inflight`; default: 400, 200. */
  readonly reads?: number
  readonly writes?: number
}

export interface ServingChoice {
  /** `--request-timeout` */
  readonly requestTimeoutMs?: number
  /** `--min-request-timeout`: a watch that asks for no time gets between this and twice this. */
  readonly watchTimeoutMinMs?: number
  /** `--shutdown-delay-duration`: served as ever, but not ready. */
  readonly shutdownDelayMs?: number
  /** `--shutdown-send-retry-after`: the port stays open until all are served; newcomers hear when to retry. */
  readonly shutdownSendsRetryAfter?: boolean
}

export interface ListenOptions {
  readonly address: string
  /** 0: any free one. */
  readonly port: number
  /** PEM, the server's own. */
  readonly cert: string
  readonly key: string
  /** PEM bundle that client certificates are checked against. */
  readonly clientCa: string
  /** How long a client may take to send a request's head; default: upstream's. */
  readonly headersTimeoutMs?: number
  /** `--http2-max-streams-per-connection`; default: upstream's. */
  readonly streamsMax?: number
  /** `--goaway-chance`: how likely a request over HTTP/2 ends its connection, in good order. */
  readonly goawayChance?: number
}

export interface AggregationOptions {
  /** `--proxy-client-cert-file`, `--proxy-client-key-file`: shown to extension servers. */
  readonly proxyClient?: ProxyClient
  /** `--enable-aggregator-routing`: to the addresses behind a Service, not to its own. */
  readonly routing?: boolean
  /** Where extension servers are, in place of both. */
  readonly locate?: Locate
}

export interface AuthenticationChoice {
  /** Default: upstream's, everywhere. */
  readonly anonymous?: AnonymousOptions
  /** `--enable-bootstrap-token-auth` */
  readonly bootstrapTokens?: boolean
  /** Of `--token-auth-file`. */
  readonly staticTokens?: ReadonlyMap<string, UserInfo>
  /** Of other issuers. */
  readonly otherTokens?: readonly TokenAuthenticator[]
  /** `--authentication-token-webhook-config-file`, told for whom tokens are that say nothing of it. */
  readonly tokenWebhook?: (apiAudiences: readonly string[]) => TokenAuthenticator
  /** Front proxies that are trusted; also shown to extension servers. */
  readonly requestHeader?: RequestHeaderOptions
}

export interface ServiceAccountOptions {
  /** Of new tokens. */
  readonly issuer: string
  /** Also accepted. */
  readonly otherIssuers?: readonly string[]
  /** PEM; signs. */
  readonly key: string
  /** PEM; also accepted. */
  readonly publicKeys?: readonly string[]
  /** Default: the issuer. */
  readonly apiAudiences?: readonly string[]
  /** `--service-account-max-token-expiration` in seconds; absent: none. */
  readonly maxExpirationSeconds?: number
  /** `--service-account-extend-token-expiration`; default: upstream's, true. */
  readonly extendExpiration?: boolean
  /** `--service-account-jwks-uri`; default: this server's. */
  readonly jwksUri?: string
}

/** What is built on the stored objects, once there are any. */
export interface ApiServerParts {
  readonly authorizer: (objects: Objects) => Authorizer
  readonly admission: (objects: Objects) => readonly AdmissionPlugin[]
  readonly allocators?: (objects: Objects, storage: Storage) => readonly Allocator[]
  /** Log, exec, attach, portforward, proxy, reviews: answered before our own. */
  readonly endpoints?: (objects: Objects) => Partial<Endpoints>
  /** Asks the webhooks that convert custom objects; absent: such objects cannot be converted. */
  readonly conversion?: (objects: Objects) => PostReview
  /** Runs once at the start: bootstrap roles and the like. */
  readonly bootstrap?: (objects: Objects) => Promise<void>
  /** Runs once, after the last request. */
  readonly close?: (objects: Objects) => Promise<void>
}

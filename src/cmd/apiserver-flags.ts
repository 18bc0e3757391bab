/** kube-apiserver's flags, as upstream spells them; what is missing here is refused as unknown. */
import type { AggregationOptions } from '#apiserver/server-options.ts'
import { UserError } from '#base/user-error.ts'
import { admissionFlags } from './admission-flags.ts'
import { authorizationFlags } from './authorization-flags.ts'
import { authenticationFlags } from './authentication-flags.ts'
import { auditFlags } from './audit-flags.ts'
import type { Flag, Parsed } from './flags.ts'
import { read } from './read-file.ts'
import { servingFlags } from './serving-flags.ts'
import { storageFlags } from './storage-flags.ts'

export const apiServerFlags: readonly Flag[] = [
  ...auditFlags,
  ...servingFlags,
  { name: 'bind-address', kind: 'string', default: '0.0.0.0', usage: 'where the server listens' },
  { name: 'secure-port', kind: 'integer', default: 6443, usage: 'the port of HTTPS' },
  {
    name: 'advertise-address',
    kind: 'string',
    usage: 'where the members of the cluster reach the server',
  },
  ...storageFlags,
  { name: 'client-ca-file', kind: 'string', usage: "who signs clients' certificates" },
  { name: 'tls-cert-file', kind: 'string', usage: "the server's certificate" },
  { name: 'tls-private-key-file', kind: 'string', usage: "the server's key" },
  {
    name: 'service-account-key-file',
    kind: 'strings',
    usage: 'public keys of service-account tokens',
  },
  {
    name: 'service-account-signing-key-file',
    kind: 'string',
    usage: 'signs service-account tokens',
  },
  {
    name: 'service-account-issuer',
    kind: 'strings',
    usage: 'the issuer in service-account tokens; tokens of the later ones are accepted, too',
  },
  { name: 'api-audiences', kind: 'strings', usage: 'for whom tokens of the API server are' },
  {
    name: 'service-account-max-token-expiration',
    kind: 'duration',
    default: '0s',
    usage: 'the longest life of a service-account token; 0: as long as was asked for',
  },
  {
    name: 'service-account-extend-token-expiration',
    kind: 'boolean',
    default: true,
    usage: 'whether the tokens that pods get by themselves live on for a year',
  },
  {
    name: 'service-account-jwks-uri',
    kind: 'string',
    usage: "where the keys of service-account tokens are published; empty: the server's own",
  },
  {
    name: 'service-cluster-ip-range',
    kind: 'string',
    default: '10.96.0.0/12',
    usage: 'addresses of Services',
  },
  {
    name: 'service-node-port-range',
    kind: 'string',
    default: '30000-32767',
    usage: 'ports of Services on nodes',
  },
  ...authorizationFlags,
  ...authenticationFlags,
  ...admissionFlags,
  {
    name: 'kubelet-certificate-authority',
    kind: 'string',
    usage: "who signs kubelets' certificates",
  },
  {
    name: 'proxy-client-cert-file',
    kind: 'string',
    usage: 'shown to extension API servers',
  },
  { name: 'proxy-client-key-file', kind: 'string', usage: 'the key of it' },
  {
    name: 'enable-aggregator-routing',
    kind: 'boolean',
    usage:
      'whether extension API servers and webhooks are reached at the addresses behind their Services',
  },
  { name: 'kubelet-client-certificate', kind: 'string', usage: 'shown to kubelets' },
  { name: 'kubelet-client-key', kind: 'string', usage: 'the key of it' },
]

export interface Pems {
  readonly clientCa: string
  readonly cert: string
  readonly key: string
  readonly serviceAccountKey: string
  readonly serviceAccountPublicKeys: readonly string[]
  readonly kubeletCa: string
  readonly kubeletCert: string
  readonly kubeletKey: string
}

/** Reads every file that the flags name; a missing flag or file is the user's error. */
export async function readPems(flags: Parsed): Promise<Pems> {
  const one = (name: string): Promise<string> => read(name, flags.string(name))
  const [clientCa, cert, key, serviceAccountKey, kubeletCa, kubeletCert, kubeletKey] =
    await Promise.all([
      one('client-ca-file'),
      one('tls-cert-file'),
      one('tls-private-key-file'),
      one('service-account-signing-key-file'),
      one('kubelet-certificate-authority'),
      one('kubelet-client-certificate'),
      one('kubelet-client-key'),
    ])
  const serviceAccountPublicKeys = await Promise.all(
    flags.strings('service-account-key-file').map((path) => read('service-account-key-file', path)),
  )
  return {
    clientCa,
    cert,
    key,
    serviceAccountKey,
    serviceAccountPublicKeys,
    kubeletCa,
    kubeletCert,
    kubeletKey,
  }
}

export async function readAggregation(flags: Parsed): Promise<AggregationOptions> {
  const routing = flags.boolean('enable-aggregator-routing')
  const [certFile, keyFile] = ['proxy-client-cert-file', 'proxy-client-key-file'] as const
  if (flags.string(certFile) === '' && flags.string(keyFile) === '') return { routing }
  const [cert, key] = await Promise.all([
    read(certFile, flags.string(certFile)),
    read(keyFile, flags.string(keyFile)),
  ])
  return { routing, proxyClient: { cert, key } }
}

export function portRange(text: string): { from: number; to: number } {
  const match = /^(\d+)-(\d+)$/.exec(text)
  const [from, to] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || from < 1 || to > 65_535 || from > to) {
    throw new UserError(`--service-node-port-range ${text} must be FROM-TO within 1-65535`)
  }
  return { from, to }
}

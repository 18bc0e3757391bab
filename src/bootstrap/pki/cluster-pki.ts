/**
 * All certificates of a one-node cluster: what kubeadm makes, in kubeadm's files, and one key pair for
 * each program. What is on disk and still good is kept, the rest is issued.
 * Upstream: cmd/kubeadm/app/phases/certs/certlist.go and phases/kubeconfig/kubeconfig.go.
 */
import { createAuthority, createSigningKey, issueCertificate } from './certificate.ts'
import type { Authority, CertificateOptions, KeyAlgorithm, KeyPair } from './certificate.ts'
import type { SigningKey } from './certificate.ts'
import { readKeyPair, readSigningKey, writeKeyPair, writeSigningKey } from './files.ts'
import { renewalReason } from './renewal.ts'

export interface ClusterPki {
  readonly ca: Authority
  readonly frontProxyCa: Authority
  readonly apiserver: KeyPair
  readonly apiserverKubeletClient: KeyPair
  readonly frontProxyClient: KeyPair
  readonly admin: KeyPair
  readonly controllerManager: KeyPair
  readonly scheduler: KeyPair
  readonly kubeletClient: KeyPair
  readonly kubeletServing: KeyPair
  readonly kubeProxy: KeyPair
  readonly dns: KeyPair
  readonly serviceAccount: SigningKey
}

export interface ClusterPkiOptions {
  readonly nowMs: number
  readonly nodeName: string
  /** Host names and addresses of the node, for the kubelet's serving certificate. */
  readonly nodeAddresses: readonly string[]
  /** Beyond `kubernetes`, `kubernetes.default` and their kin: host names and addresses of the server. */
  readonly apiserverNames: readonly string[]
  /** Of the `kubernetes` Service. */
  readonly serviceAddress: string
  readonly dnsDomain?: string
  /** The user in the administrator's certificate. */
  readonly adminName?: string
  readonly algorithm?: KeyAlgorithm
}

type LeafName = Exclude<keyof ClusterPki, 'ca' | 'frontProxyCa' | 'serviceAccount'>

interface Leaf extends Pick<
  CertificateOptions,
  'commonName' | 'organizations' | 'dnsNames' | 'ipAddresses' | 'usage'
> {
  readonly file: string
  readonly signer: 'ca' | 'frontProxyCa'
}

const authorityDays = 3650
const leafDays = 365

/** Issues everything anew, in memory. */
export async function createClusterPki(options: ClusterPkiOptions): Promise<ClusterPki> {
  return await assemble(options, {
    load: async () => undefined,
    loadSigningKey: async () => undefined,
  })
}

/** Loads what is good in the folder, issues what is missing or due, and writes that. */
export async function ensureClusterPki(
  folder: string,
  options: ClusterPkiOptions,
): Promise<ClusterPki> {
  return await assemble(options, {
    load: (file) => readKeyPair(folder, file),
    loadSigningKey: (file) => readSigningKey(folder, file),
    save: (file, pair) => writeKeyPair(folder, file, pair),
    saveSigningKey: (file, key) => writeSigningKey(folder, file, key),
  })
}

interface Shelf {
  load(file: string): Promise<KeyPair | undefined>
  loadSigningKey(file: string): Promise<SigningKey | undefined>
  save?(file: string, pair: KeyPair): Promise<void>
  saveSigningKey?(file: string, key: SigningKey): Promise<void>
}

async function assemble(options: ClusterPkiOptions, shelf: Shelf): Promise<ClusterPki> {
  const [ca, frontProxyCa, serviceAccount] = await Promise.all([
    authority(shelf, options, { file: 'ca', commonName: 'kubernetes' }),
    authority(shelf, options, { file: 'front-proxy-ca', commonName: 'front-proxy-ca' }),
    signingKey(shelf, options),
  ])
  const signers = { ca, frontProxyCa }
  const named = await Promise.all(
    Object.entries(leaves(options)).map(async ([name, row]) => [
      name,
      await leaf(shelf, { options, row, signer: signers[row.signer] }),
    ]),
  )
  const issued = Object.fromEntries(named) as Record<LeafName, KeyPair>
  return { ca, frontProxyCa, serviceAccount, ...issued }
}

function leaves(options: ClusterPkiOptions): Record<LeafName, Leaf> {
  const client = (file: string, commonName: string, organization?: string): Leaf => ({
    file,
    signer: 'ca',
    commonName,
    ...(organization === undefined ? {} : { organizations: [organization] }),
    usage: 'client',
  })
  const node = `system:node:${options.nodeName}`
  return {
    apiserver: {
      file: 'apiserver',
      signer: 'ca',
      commonName: 'kube-apiserver',
      usage: 'server',
      ...split([
        ...apiserverNames(options.dnsDomain ?? 'cluster.local'),
        options.serviceAddress,
        ...options.apiserverNames,
      ]),
    },
    apiserverKubeletClient: client(
      'apiserver-kubelet-client',
      'kube-apiserver-kubelet-client',
      'system:masters',
    ),
    frontProxyClient: {
      ...client('front-proxy-client', 'front-proxy-client'),
      signer: 'frontProxyCa',
    },
    admin: client('admin', options.adminName ?? 'kubernetes-admin', 'system:masters'),
    controllerManager: client('controller-manager', 'system:kube-controller-manager'),
    scheduler: client('scheduler', 'system:kube-scheduler'),
    kubeletClient: client('kubelet-client', node, 'system:nodes'),
    kubeletServing: {
      ...client('kubelet', node, 'system:nodes'),
      usage: 'server',
      ...split([options.nodeName, ...options.nodeAddresses]),
    },
    kubeProxy: client('kube-proxy', 'system:kube-proxy'),
    dns: client('dns', 'system:dns'),
  }
}

function apiserverNames(dnsDomain: string): readonly string[] {
  const service = 'kubernetes.default.svc'
  return ['kubernetes', 'kubernetes.default', service, `${service}.${dnsDomain}`]
}

function split(names: readonly string[]): { dnsNames: string[]; ipAddresses: string[] } {
  const isAddress = (name: string) => /^[\d.]+$/.test(name) || name.includes(':')
  const distinct = [...new Set(names)]
  return {
    dnsNames: distinct.filter((name) => !isAddress(name)),
    ipAddresses: distinct.filter(isAddress),
  }
}

async function authority(
  shelf: Shelf,
  options: ClusterPkiOptions,
  row: { readonly file: string; readonly commonName: string },
): Promise<Authority> {
  const { nowMs } = options
  const kept = await shelf.load(row.file)
  if (
    kept !== undefined &&
    renewalReason(kept.certificate, { nowMs, authority: kept.certificate }) === undefined
  ) {
    return kept
  }
  const made = await createAuthority({
    commonName: row.commonName,
    days: authorityDays,
    nowMs,
    ...algorithm(options),
  })
  await shelf.save?.(row.file, made)
  return made
}

async function leaf(
  shelf: Shelf,
  {
    options,
    row,
    signer,
  }: { readonly options: ClusterPkiOptions; readonly row: Leaf; readonly signer: Authority },
): Promise<KeyPair> {
  const { file, signer: _signer, ...fields } = row
  const kept = await shelf.load(file)
  const query = { nowMs: options.nowMs, authority: signer.certificate, ...fields }
  if (kept !== undefined && renewalReason(kept.certificate, query) === undefined) return kept
  const made = await issueCertificate(signer, {
    ...fields,
    days: leafDays,
    nowMs: options.nowMs,
    ...algorithm(options),
  })
  await shelf.save?.(file, made)
  return made
}

async function signingKey(shelf: Shelf, options: ClusterPkiOptions): Promise<SigningKey> {
  const kept = await shelf.loadSigningKey('sa')
  if (kept !== undefined) return kept
  const made = await createSigningKey(options.algorithm ?? 'ECDSA-P256')
  await shelf.saveSigningKey?.('sa', made)
  return made
}

function algorithm(options: ClusterPkiOptions): { algorithm?: KeyAlgorithm } {
  return options.algorithm === undefined ? {} : { algorithm: options.algorithm }
}

/** kube-apiserver as its command line makes it, with certificates of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import type { KeyPair } from '#bootstrap/pki/certificate.ts'
import { ensureClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import type { ClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import { apiServerFlags } from '#cmd/apiserver-flags.ts'
import { parseFlags } from '#cmd/flags.ts'
import { startServer } from '#cmd/start-server.ts'
import { http1Client } from '#testing/raw-http.ts'
import type { RawRequest } from '#testing/raw-http.ts'

export interface CommandLineServer extends AsyncDisposable {
  readonly pki: ClusterPki
  readonly folder: string
  /** As the administrator, unless told. */
  ask: (request: RawRequest, identity?: KeyPair | 'nobody') => Promise<Answer>
}

export interface Answer {
  readonly status: number
  /** Parsed, if it is JSON. */
  readonly body: ReturnType<typeof JSON.parse>
}

/** `FOLDER` in a flag or a file is a folder in which the files are, beside the cluster's own. */
export async function startByFlags(
  more: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<CommandLineServer> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-flags-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const pki = await ensureClusterPki(folder, {
    nowMs: Date.now(),
    nodeName: 'n1',
    nodeAddresses: ['127.0.0.1'],
    apiserverNames: ['127.0.0.1'],
    serviceAddress: '10.96.0.1',
  })
  const written = { 'tokens.csv': 'sesame,ali,40,"thieves"\n', ...files }
  for (const [name, text] of Object.entries(written)) {
    await writeFile(join(folder, name), text.replaceAll('FOLDER', folder))
  }
  const file = (name: string) => join(folder, name)
  const argv = [
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    '--advertise-address=192.0.2.1',
    `--storage-file=${file('db.sqlite')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    `--service-account-key-file=${file('sa.pub')}`,
    `--service-account-signing-key-file=${file('sa.key')}`,
    '--service-account-issuer=https://new.example',
    '--service-account-issuer=https://old.example',
    `--kubelet-certificate-authority=${file('ca.crt')}`,
    `--kubelet-client-certificate=${file('apiserver-kubelet-client.crt')}`,
    `--kubelet-client-key=${file('apiserver-kubelet-client.key')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    `--proxy-client-cert-file=${file('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${file('front-proxy-client.key')}`,
    '--enable-aggregator-routing',
    ...more.map((flag) => flag.replace('FOLDER', folder)),
  ]
  const world = {
    argv: [],
    clock: systemClock,
    random: () => Math.random(),
    signal: AbortSignal.timeout(25_000),
    stdout() {},
    stderr() {},
    log: () => silentLogger,
  }
  const flags = parseFlags(apiServerFlags, argv)
  const { api } = stack.use(await startServer({ world: world as never, flags, log: silentLogger }))
  await api.ready(world.signal)
  const ask: CommandLineServer['ask'] = async (request, identity = pki.admin) => {
    using client = http1Client({
      port: api.port,
      ca: pki.ca.certificate,
      ...(identity !== 'nobody' && { identity }),
    })
    const { status, body } = await client.send(request)
    const text = body.toString()
    return { status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
  const owned = stack.move()
  return { pki, folder, ask, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

export const whoami: RawRequest = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
}

/** A kubeconfig for a server without TLS on loopback. */
export function plainKubeconfig(url: string): string {
  return JSON.stringify({
    'current-context': 'x',
    clusters: [{ name: 'x', cluster: { server: url } }],
    contexts: [{ name: 'x', context: { cluster: 'x' } }],
  })
}

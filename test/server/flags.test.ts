/** kube-apiserver as its command line makes it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { ensureClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import { controlPlaneProgram } from '#cluster/local/programs.ts'
import { pathsOf } from '#cluster/local/paths.ts'
import { apiServerFlags } from '#cmd/apiserver-flags.ts'
import { controlPlaneFlags } from '#cmd/control-plane.ts'
import { parseFlags } from '#cmd/flags.ts'
import { readSigning } from '#cmd/signing-flags.ts'
import { startServer } from '#cmd/start-server.ts'
import { http1Client } from '#testing/raw-http.ts'
import type { RawRequest } from '#testing/raw-http.ts'

const limit = { timeout: 30_000 }

async function start(...more: string[]) {
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
  await writeFile(join(folder, 'tokens.csv'), 'sesame,ali,40,"thieves"\n')
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
  const ask = async (request: RawRequest, identity = pki.admin) => {
    using client = http1Client({ port: api.port, ca: pki.ca.certificate, identity })
    const { status, body } = await client.send(request)
    const text = body.toString()
    return { status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
  const owned = stack.move()
  return { pki, ask, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const whoami: RawRequest = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
}

test('tokens of a file, front proxies and several issuers come by flags', limit, async () => {
  await using server = await start(
    '--api-audiences=api',
    '--service-account-jwks-uri=https://k/jwks',
  )
  const { ask, pki } = server
  const proxied = await ask(
    { ...whoami, headers: { 'x-remote-user': 'joe' } },
    pki.frontProxyClient,
  )
  assert.equal(proxied.body.status.userInfo.username, 'joe')
  const trust = await ask({
    path: '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication',
  })
  assert.equal(trust.body.data['requestheader-client-ca-file'], pki.frontProxyCa.certificate)
  assert.equal(trust.body.data['requestheader-allowed-names'], '["front-proxy-client"]')
  const openId = await ask({ path: '/.well-known/openid-configuration' })
  assert.equal(openId.body.issuer, 'https://new.example')
  assert.equal(openId.body.jwks_uri, 'https://k/jwks')
  const keys = await ask({ path: '/openid/v1/jwks' })
  assert.equal(keys.body.keys.length, 1)
})

test('a command line that makes no sense is refused', limit, async () => {
  await assert.rejects(
    start('--service-account-max-token-expiration=5m'),
    /service-account-max-token-expiration must be between 1 hour and 2\^32 seconds/,
  )
  await assert.rejects(start('--token-auth-file=/nowhere'), /--token-auth-file: \/nowhere: ENOENT/)
})

test("the local cluster's command line is understood", limit, async () => {
  const profile = {
    apiServerPort: 8443,
    nodeIp: '192.0.2.1',
    dnsDomain: 'cluster.local',
    serviceCidr: '10.96.0.0/12',
    podCidr: '10.244.0.0/16',
    extraConfig: {},
  }
  const { command } = controlPlaneProgram(pathsOf('p', {}), profile as never, ['k8ts'])
  const flags = parseFlags(controlPlaneFlags, command.slice(command.indexOf('control-plane') + 1))
  assert.equal(flags.boolean('enable-bootstrap-token-auth'), true)
  assert.match(flags.string('requestheader-client-ca-file'), /pki\/front-proxy-ca\.crt$/)
  await assert.rejects(readSigning(flags), /--cluster-signing-cert-file: .*: ENOENT/)
})

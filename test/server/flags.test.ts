/** kube-apiserver as its command line makes it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlPlaneProgram } from '#cluster/local/programs.ts'
import { pathsOf } from '#cluster/local/paths.ts'
import { controlPlaneFlags } from '#cmd/control-plane.ts'
import { parseFlags } from '#cmd/flags.ts'
import { readSigning } from '#cmd/signing-flags.ts'
import { startByFlags, whoami } from './command-line.ts'

const limit = { timeout: 30_000 }

test('tokens of a file, front proxies and several issuers come by flags', limit, async () => {
  await using server = await startByFlags([
    '--api-audiences=api',
    '--service-account-jwks-uri=https://k/jwks',
  ])
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
    startByFlags(['--service-account-max-token-expiration=5m']),
    /service-account-max-token-expiration must be between 1 hour and 2\^32 seconds/,
  )
  await assert.rejects(
    startByFlags(['--token-auth-file=/nowhere']),
    /--token-auth-file: \/nowhere: ENOENT/,
  )
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

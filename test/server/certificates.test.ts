/** From a key to a certificate that lets its holder in, by openssl and the real kubectl. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { signRequest } from '#bootstrap/pki/sign-request.ts'
import { certificatesigningrequests } from '#api/resources.gen.ts'
import { signerNames } from '#controllers/certificate-signing-request/signers.ts'
import { eventually, run } from '../e2e/kubectl.ts'
import { startHarness } from './harness.ts'
import type { Harness } from './harness.ts'

const timeout = 60_000

function start(): Promise<Harness> {
  return startHarness({
    controllers: (pki) => ({
      signing: {
        lifetimeMaxMs: 86_400_000,
        signers: Object.fromEntries(
          Object.values(signerNames).map((name) => [
            name,
            (pem: string, options: Parameters<typeof signRequest>[2]) =>
              signRequest(pki.ca, pem, options),
          ]),
        ),
      },
    }),
  })
}

interface Asked {
  readonly name: string
  readonly subject: string
  readonly signer: string
  readonly usages: readonly string[]
  readonly expirationSeconds?: number
}

async function ask(harness: Harness, asked: Asked): Promise<void> {
  const file = (ending: string) => join(harness.folder, `${asked.name}.${ending}`)
  const fixed = 'req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'.split(' ')
  const own = ['-keyout', file('key'), '-out', file('csr'), '-subj', asked.subject]
  const made = await run('openssl', [...fixed, ...own])
  assert.equal(made.code, 0, made.stderr)
  const manifest = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: asked.name },
    spec: {
      request: (await readFile(file('csr'))).toString('base64'),
      signerName: asked.signer,
      usages: asked.usages,
      ...(asked.expirationSeconds !== undefined && { expirationSeconds: asked.expirationSeconds }),
    },
  }
  await writeFile(file('json'), JSON.stringify(manifest))
  await harness.kubectl('create', '-f', file('json'))
}

const table = ['-o', 'custom-columns=N:.metadata.name', '--no-headers']

test('a certificate that is approved lets its holder in', { timeout }, async () => {
  await using harness = await start()
  await ask(harness, {
    name: 'jane',
    subject: '/O=dev/CN=jane',
    signer: signerNames.client,
    usages: ['client auth'],
    expirationSeconds: 3600,
  })
  const listed = await harness.kubectl('get', 'csr', '--no-headers')
  assert.match(
    listed,
    /^jane +\S+ +kubernetes\.io\/kube-apiserver-client +kubernetes-admin +60m +Pending/,
  )
  assert.match(await harness.kubectl('certificate', 'approve', 'jane'), /jane approved/)
  const certificate = await eventually('the certificate', async () => {
    const found = await harness.client.for(certificatesigningrequests).get('jane')
    return found.status?.certificate
  })
  assert.match(await harness.kubectl('get', 'csr', '--no-headers'), /60m +Approved,Issued/)
  const key = await readFile(join(harness.folder, 'jane.key'), 'utf8')
  const pair = { certificate: Buffer.from(certificate, 'base64').toString(), key }
  const jane = await harness.kubeconfig('jane', pair)
  const whoami = await harness.run(jane, ['auth', 'whoami', '-o', 'json'])
  const { userInfo } = JSON.parse(whoami.stdout).status
  assert.equal(userInfo.username, 'jane')
  assert.deepEqual(userInfo.groups, ['dev', 'system:authenticated'])
  const refused = await harness.run(jane, ['get', 'pods'])
  assert.match(refused.stderr, /User "jane" cannot list resource "pods"/)
})

test('a request that is denied stays unsigned', { timeout }, async () => {
  await using harness = await start()
  const usages = ['client auth']
  await ask(harness, { name: 'eve', subject: '/CN=eve', signer: signerNames.client, usages })
  assert.match(await harness.kubectl('certificate', 'deny', 'eve'), /eve denied/)
  assert.match(await harness.kubectl('get', 'csr', '--no-headers'), /<none> +Denied/)
  const again = await harness.run(join(harness.folder, 'admin.conf'), [
    'certificate',
    'approve',
    'eve',
  ])
  assert.match(again.stderr, /is invalid|is Denied|already/i)
  const { status } = await harness.client.for(certificatesigningrequests).get('eve')
  assert.equal(status?.certificate, undefined)
})

test('what a signer must not sign fails', { timeout }, async () => {
  await using harness = await start()
  const usages = ['server auth']
  await ask(harness, { name: 'bad', subject: '/CN=x', signer: signerNames.client, usages })
  await harness.kubectl('certificate', 'approve', 'bad')
  const condition = await eventually('the failure', async () => {
    const { status } = await harness.client.for(certificatesigningrequests).get('bad')
    return status?.conditions?.find(({ type }) => type === 'Failed')
  })
  assert.equal(condition.message, 'invalid usage for client certificate: server auth')
  assert.match(await harness.kubectl('get', 'csr', '--no-headers'), /Approved,Failed/)
})

test('nobody asks for a certificate of system:masters', { timeout }, async () => {
  await using harness = await start()
  const asked = { name: 'm', signer: signerNames.client, usages: ['client auth'] }
  await assert.rejects(
    ask(harness, { ...asked, subject: '/O=system:masters/CN=m' }),
    /use of kubernetes\.io\/kube-apiserver-client signer with system:masters group is not allowed/,
  )
  assert.equal(await harness.kubectl('get', 'csr', ...table), '')
})

test('a kubelet gets its client certificate without being asked', { timeout }, async () => {
  await using harness = await start()
  await ask(harness, {
    name: 'node',
    subject: '/O=system:nodes/CN=system:node:n1',
    signer: signerNames.kubeletClient,
    usages: ['client auth', 'digital signature'],
  })
  const found = await eventually('the certificate', async () => {
    const { status } = await harness.client.for(certificatesigningrequests).get('node')
    return status?.certificate === undefined ? undefined : status
  })
  const [approval] = found.conditions ?? []
  assert.equal(approval?.reason, 'AutoApproved')
  assert.equal(
    approval?.message,
    'Auto approving kubelet client certificate after SubjectAccessReview.',
  )
})

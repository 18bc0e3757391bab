import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inClusterServer, loadKubeconfig } from './kubeconfig.ts'

const config = (user: string) => `apiVersion: v1
kind: Config
current-context: main
clusters:
- name: one
  cluster: {server: "https://10.0.0.1:6443", certificate-authority: ca.crt, tls-server-name: api}
users:
- name: me
  user: ${user}
contexts:
- name: main
  context: {cluster: one, user: me, namespace: work}
- name: broken
  context: {cluster: two, user: me}
`

async function load(user: string, context?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  try {
    await writeFile(join(folder, 'ca.crt'), 'CA')
    await writeFile(join(folder, 'config'), config(user))
    return await loadKubeconfig(join(folder, 'config'), context)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('paths are relative to the file, data wins', async () => {
  const data = Buffer.from('CERT').toString('base64')
  const user = `{client-certificate-data: ${data}, client-certificate: nowhere, token: secret}`
  assert.deepEqual(await load(user), {
    server: 'https://10.0.0.1:6443',
    ca: Buffer.from('CA'),
    cert: Buffer.from('CERT'),
    serverName: 'api',
    token: 'secret',
    namespace: 'work',
  })
})

const refused = [
  { user: '{exec: {command: aws}}', message: /exec is not supported/ },
  { user: '{username: a, password: b}', message: /username and password is not supported/ },
  { user: '{}', context: 'broken', message: /cluster "two" does not exist/ },
  { user: '{}', context: 'other', message: /context "other" does not exist/ },
]
for (const { user, context, message } of refused) {
  test(`${user} ${context ?? ''} → ${message.source}`, async () => {
    await assert.rejects(load(user, context), message)
  })
}

test('outside of a pod there is no cluster', async () => {
  await assert.rejects(inClusterServer({}), /unable to load in-cluster configuration/)
})

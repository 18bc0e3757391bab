/** What kubectl says of rights, and what it does with them. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { issueCertificate } from '#bootstrap/pki/certificate.ts'
import { apiservices } from '#api/resources.gen.ts'
import { eventually } from '../e2e/kubectl.ts'
import { startHarness } from './harness.ts'
import type { Harness } from './harness.ts'

const timeout = 60_000

async function userOf(harness: Harness, commonName: string, ...organizations: string[]) {
  const nowMs = Date.now()
  const options = { commonName, organizations, usage: 'client', days: 1, nowMs } as const
  return harness.kubeconfig(commonName, await issueCertificate(harness.pki.ca, options))
}

async function apply(harness: Harness, name: string, manifest: object): Promise<string> {
  const file = join(harness.folder, `${name}.json`)
  await writeFile(file, JSON.stringify(manifest))
  return file
}

const rbac = 'rbac.authorization.k8s.io/v1'

test('kubectl auth: can-i, can-i --list, whoami, reconcile', { timeout }, async () => {
  await using harness = await startHarness()
  const { kubectl } = harness
  await kubectl('create', 'role', 'reader', '--verb=get,list', '--resource=pods,deployments.apps')
  await kubectl('create', 'rolebinding', 'reads', '--role=reader', '--group=dev')
  const jane = await userOf(harness, 'jane', 'dev')
  const may = async (...question: string[]) => {
    const { stdout, code } = await harness.run(jane, ['auth', 'can-i', ...question])
    return `${stdout.trim()} ${code}`
  }
  assert.equal(await may('list', 'pods'), 'yes 0')
  assert.equal(await may('delete', 'pods'), 'no 1')
  assert.equal(await may('get', 'pods', '-n', 'kube-system'), 'no 1')
  assert.equal(await may('get', '/livez'), 'yes 0')
  const { stdout } = await harness.run(jane, ['auth', 'can-i', '--list'])
  assert.match(stdout, /^deployments\.apps +\[\] +\[\] +\[get list\]$/m)
  assert.match(stdout, /^pods +\[\] +\[\] +\[get list\]$/m)
  assert.match(stdout, /^selfsubjectreviews\.authentication\.k8s\.io +\[\] +\[\] +\[create\]$/m)
  assert.match(stdout, /^ +\[\/livez\] +\[\] +\[get\]$/m)
  const whoami = await harness.run(jane, ['auth', 'whoami'])
  assert.match(whoami.stdout, /^Username +jane$/m)
  assert.match(whoami.stdout, /^Groups +\[dev system:authenticated\]$/m)

  const metadata = { name: 'reader', namespace: 'default' }
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]
  const role = await apply(harness, 'role', { apiVersion: rbac, kind: 'Role', metadata, rules })
  assert.match(await kubectl('auth', 'reconcile', '-f', role), /reader reconciled/)
  assert.equal(await may('get', 'configmaps'), 'yes 0')
  assert.equal(await may('list', 'pods'), 'yes 0')
  const escalating = await harness.run(jane, ['auth', 'reconcile', '-f', role])
  assert.match(escalating.stderr, /cannot get resource "roles"|forbidden/)
})

test('to act as somebody needs the right to, for what is done', { timeout }, async () => {
  await using harness = await startHarness()
  const { kubectl } = harness
  const users = {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name: 'as-joe' },
    rules: [
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['users'],
        resourceNames: ['joe'],
        verbs: ['impersonate:user-info'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['impersonate-on:user-info:list'] },
    ],
  }
  await kubectl('apply', '-f', await apply(harness, 'as-joe', users))
  await kubectl('create', 'clusterrolebinding', 'as-joe', '--clusterrole=as-joe', '--user=jane')
  await kubectl('create', 'clusterrolebinding', 'joe', '--clusterrole=view', '--user=joe')
  const jane = await userOf(harness, 'jane')
  const as = (user: string, ...args: string[]) => harness.run(jane, ['--as', user, ...args])
  assert.match((await as('joe', 'get', 'pods')).stderr, /No resources found/)
  assert.match(
    (await as('joe', 'get', 'services')).stderr,
    /services is forbidden: User "jane" cannot impersonate-on:user-info:list resource "services" in API group ""/,
  )
  assert.match(
    (await as('jack', 'get', 'pods')).stderr,
    /users\.authentication\.k8s\.io "jack" is forbidden: User "jane" cannot impersonate:user-info resource "users"/,
  )
})

test('custom groups have an APIService for as long as they are served', { timeout }, async () => {
  await using harness = await startHarness()
  const { kubectl, client } = harness
  const schema = { openAPIV3Schema: { type: 'object' } }
  const file = await apply(harness, 'crd', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'toys.fun.example.com' },
    spec: {
      group: 'fun.example.com',
      scope: 'Namespaced',
      names: { plural: 'toys', singular: 'toy', kind: 'Toy' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  })
  await kubectl('apply', '-f', file)
  const find = async () => {
    const { items } = await client.for(apiservices).list()
    return items.find(({ metadata }) => metadata.name === 'v1.fun.example.com')
  }
  const made = await eventually('the APIService', find)
  assert.equal(made.metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'], 'true')
  assert.equal(made.spec.groupPriorityMinimum, 1000)
  assert.match(await kubectl('get', 'apiservice', 'v1.fun.example.com'), /Local +True/)
  await kubectl('delete', '-f', file)
  await eventually('the end', async () => (await find()) === undefined)
})

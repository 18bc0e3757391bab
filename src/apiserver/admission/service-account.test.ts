import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { pods, serviceaccounts } from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { admissionRequest, admit } from '#testing/admission.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import { serviceAccount } from './service-account.ts'

function world() {
  const objects = new FakeObjects()
  const clock = new FakeClock()
  objects.put(serviceaccounts, {
    metadata: { name: 'web', namespace: 'shop' },
    imagePullSecrets: [{ name: 'pull' }],
  })
  const plugin = serviceAccount({ objects: () => objects, clock, random: () => 0 } as never)
  const run = async (spec: object, metadata: object = {}): Promise<Pod> => {
    const object = {
      metadata: { name: 'p', namespace: 'shop', ...metadata },
      spec: { containers: [{ name: 'c' }], ...spec },
    } as unknown as ApiObject
    return (await admit([plugin], admissionRequest({ type: pods, object }))) as Pod
  }
  return { objects, clock, run }
}

const mount = {
  name: 'kube-api-access-bbbbb',
  readOnly: true,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
}

test('a pod gets its account, the pull secrets, and a volume with the token', async () => {
  const { run } = world()
  const { spec } = await run({ serviceAccountName: 'web', initContainers: [{ name: 'i' }] })
  assert.equal(spec?.serviceAccountName, 'web')
  assert.equal(spec?.serviceAccount, 'web')
  assert.deepEqual(spec?.imagePullSecrets, [{ name: 'pull' }])
  assert.deepEqual(spec?.containers[0]?.volumeMounts, [mount])
  assert.deepEqual(spec?.initContainers?.[0]?.volumeMounts, [mount])
  assert.deepEqual(spec?.volumes, [
    {
      name: mount.name,
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [
                {
                  path: 'namespace',
                  fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
                },
              ],
            },
          },
        ],
      },
    },
  ])
})

for (const [what, onPod, onAccount, mounted] of [
  ['nobody says', undefined, undefined, true],
  ['the account says no', undefined, false, false],
  ['the pod says yes against the account', true, false, true],
  ['the pod says no against the account', false, true, false],
] as const) {
  test(`automount: ${what} → ${mounted}`, async () => {
    const { objects, run } = world()
    objects.put(serviceaccounts, {
      metadata: { name: 'default', namespace: 'shop' },
      ...(onAccount !== undefined && { automountServiceAccountToken: onAccount }),
    })
    const { spec } = await run(onPod === undefined ? {} : { automountServiceAccountToken: onPod })
    assert.equal(spec?.volumes !== undefined, mounted)
    assert.equal(spec?.serviceAccountName, 'default')
  })
}

test('a mount that is there, and a volume that is there, are kept', async () => {
  const { run } = world()
  const own = { ...mount, name: 'mine' }
  const kept = await run({
    serviceAccountName: 'web',
    containers: [{ name: 'c', volumeMounts: [own] }],
  })
  assert.deepEqual(kept.spec?.containers[0]?.volumeMounts, [own])
  assert.equal(kept.spec?.volumes, undefined)
  const volumes = [{ name: 'kube-api-access-zzzzz', emptyDir: {} }]
  const reused = await run({ serviceAccountName: 'web', volumes })
  assert.equal(reused.spec?.containers[0]?.volumeMounts?.[0]?.name, 'kube-api-access-zzzzz')
  assert.equal(reused.spec?.volumes?.length, 1)
  const pulling = await run({ serviceAccountName: 'web', imagePullSecrets: [{ name: 'own' }] })
  assert.deepEqual(pulling.spec?.imagePullSecrets, [{ name: 'own' }])
})

test('an account that does not exist', async () => {
  await assert.rejects(world().run({ serviceAccountName: 'nosuch' }), {
    message:
      'pods "p" is forbidden: error looking up service account shop/nosuch: serviceaccount "nosuch" not found',
  })
})

test('the default account of a new namespace is waited for, for a while', async () => {
  const { objects, clock, run } = world()
  const early = run({})
  objects.put(serviceaccounts, { metadata: { name: 'default', namespace: 'shop' } })
  assert.equal((await early).spec?.serviceAccountName, 'default')
  objects.drop(serviceaccounts, 'shop', 'default')
  const never = assert.rejects(run({}), /serviceaccount "default" not found/)
  await clock.advance(1_500)
  await never
})

const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } }
for (const [what, spec, expected] of [
  ['nothing', {}, undefined],
  ['an account', { serviceAccountName: 'web' }, 'a mirror pod may not reference service accounts'],
  [
    'a secret',
    { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
    'a mirror pod may not reference secrets',
  ],
  [
    'a token',
    { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
    'a mirror pod may not use ServiceAccountToken volume projections',
  ],
] as const) {
  test(`a mirror pod with ${what}`, async () => {
    const answer = world().run(spec, mirror)
    if (expected === undefined) assert.equal((await answer).spec?.serviceAccountName, undefined)
    else await assert.rejects(answer, { message: `pods "p" is forbidden: ${expected}` })
  })
}

const because = 'is not allowed because service account strict does not reference that'
for (const [spec, expected] of [
  [{ volumes: [{ name: 'v', secret: { secretName: 'mine' } }] }, undefined],
  [
    { volumes: [{ name: 'v', secret: { secretName: 'other' } }] },
    `volume with secret.secretName="other" ${because} secret`,
  ],
  [
    {
      containers: [
        {
          name: 'c',
          env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'other', key: 'k' } } }],
        },
      ],
    },
    `container c with envVar E referencing secret.secretName="other" ${because} secret`,
  ],
  [
    { imagePullSecrets: [{ name: 'x' }] },
    `imagePullSecrets[0].name="x" ${because} imagePullSecret`,
  ],
] as const) {
  test(`enforced secrets: ${JSON.stringify(spec)}`, async () => {
    const { objects, run } = world()
    objects.put(serviceaccounts, {
      metadata: {
        name: 'strict',
        namespace: 'shop',
        annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
      },
      secrets: [{ name: 'mine' }],
    })
    const answer = run({ serviceAccountName: 'strict', ...spec })
    if (expected === undefined) await answer
    else await assert.rejects(answer, { message: `pods "p" is forbidden: ${expected}` })
  })
}

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import {
  certificatesigningrequests,
  configmaps,
  ingressclasses,
  ingresses,
  namespaces,
  nodes,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  priorityclasses,
  runtimeclasses,
  services,
  storageclasses,
} from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { silentLogger } from '#base/logger.ts'
import { admissionRequest, admit } from '#testing/admission.ts'
import type { AdmissionCase } from '#testing/admission.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import { createAdmission } from './create-admission.ts'

const everyone = { authorize: () => ({ allowed: false, reason: '' }) }
const signer = {
  authorize: ({ verb, resource }: { verb: string; resource?: { name: string } }) => ({
    allowed: `${verb} ${resource?.name}` === 'approve example.com/*',
    reason: '',
  }),
}

interface Asked {
  readonly type: AdmissionCase['type']
  readonly subresource?: string
  readonly object?: object
  readonly prior?: object
}

interface Choice {
  readonly enable?: readonly string[]
  readonly disable?: readonly string[]
}

function world(choice: Choice = {}, authorizer = everyone) {
  const objects = new FakeObjects()
  objects.put(namespaces, { metadata: { name: 'shop' } })
  objects.put(namespaces, { metadata: { name: 'old' }, status: { phase: 'Terminating' } })
  const admission = createAdmission(
    {
      objects: () => objects,
      authorizer: () => authorizer as never,
      clock: new FakeClock(),
      log: silentLogger,
      random: () => 0,
      uid: () => 'uid',
    },
    { enable: [], disable: ['ServiceAccount'], ...choice },
  )
  const run = async (asked: Asked): Promise<unknown> => {
    const request = admissionRequest(asked as AdmissionCase)
    try {
      return (await admit(admission.plugins, request)) ?? 'fine'
    } catch (error) {
      assert.ok(error instanceof StatusError, String(error))
      return error.message
    }
  }
  return { objects, run, admission }
}

const inShop = (name: string, rest: object = {}) => ({
  metadata: { name, namespace: 'shop' },
  ...rest,
})
const pod = (spec: object = {}) => inShop('p', { spec: { containers: [{ name: 'c' }], ...spec } })

for (const [what, asked, expected] of [
  ['in a namespace that is', { type: configmaps, object: inShop('c') }, 'fine'],
  [
    'in a namespace that is not',
    { type: configmaps, object: { metadata: { name: 'c', namespace: 'no' } } },
    'namespaces "no" not found',
  ],
  [
    'in a namespace that ends',
    { type: configmaps, object: { metadata: { name: 'c', namespace: 'old' } } },
    'configmaps "c" is forbidden: unable to create new content in namespace old because it is being terminated',
  ],
  [
    'with a generated name',
    { type: configmaps, object: { metadata: { generateName: 'c-', namespace: 'old' } } },
    'configmaps "c-" is forbidden: unable to create new content in namespace old because it is being terminated',
  ],
  [
    'of default',
    { type: namespaces, prior: { metadata: { name: 'default' } } },
    'namespaces "default" is forbidden: this namespace may not be deleted',
  ],
  ['of another namespace', { type: namespaces, prior: { metadata: { name: 'shop' } } }, 'fine'],
  [
    'from a namespace that ends',
    { type: configmaps, prior: { metadata: { name: 'c', namespace: 'old' } } },
    'fine',
  ],
  [
    'in a namespace that ends, changed',
    {
      type: configmaps,
      object: { metadata: { name: 'c', namespace: 'old' } },
      prior: { metadata: { name: 'c', namespace: 'old' } },
    },
    'fine',
  ],
] as const) {
  test(`NamespaceLifecycle: ${what} → ${expected}`, async () => {
    const answer = await world().run(asked)
    assert.equal(typeof answer === 'string' ? answer : 'fine', expected)
  })
}

test('NamespaceLifecycle names the cause', async () => {
  const { admission } = world()
  const object = { metadata: { name: 'c', namespace: 'old' } } as ApiObject
  await assert.rejects(
    admit(admission.plugins, admissionRequest({ type: configmaps, object })),
    (error) => {
      assert.ok(error instanceof StatusError)
      assert.deepEqual(error.status.details?.causes, [
        {
          reason: 'NamespaceTerminating',
          message: 'namespace old is being terminated',
          field: 'metadata.namespace',
        },
      ])
      return true
    },
  )
})

test('a new node is tainted until it is ready', async () => {
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }
  const { run } = world()
  const object = (spec?: object) => ({ type: nodes, object: { metadata: { name: 'n' }, spec } })
  const taints = async (spec?: object) =>
    ((await run(object(spec))) as { spec: { taints: unknown } }).spec.taints
  assert.deepEqual(await taints(), [taint])
  assert.deepEqual(await taints({ taints: [taint] }), [taint])
  assert.deepEqual(await taints({ taints: [{ key: 'a', effect: 'NoExecute' }] }), [
    { key: 'a', effect: 'NoExecute' },
    taint,
  ])
})

const notReady = {
  key: 'node.kubernetes.io/not-ready',
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}
const unreachable = { ...notReady, key: 'node.kubernetes.io/unreachable' }
for (const [have, want] of [
  [undefined, [notReady, unreachable]],
  [[{ key: 'a', operator: 'Exists' }], [{ key: 'a', operator: 'Exists' }, notReady, unreachable]],
  [[{ operator: 'Exists' }], [{ operator: 'Exists' }]],
  [
    [{ key: notReady.key, operator: 'Exists', effect: 'NoSchedule' }],
    [{ key: notReady.key, operator: 'Exists', effect: 'NoSchedule' }, notReady, unreachable],
  ],
  [
    [{ key: notReady.key, operator: 'Exists' }],
    [{ key: notReady.key, operator: 'Exists' }, unreachable],
  ],
] as const) {
  test(`DefaultTolerationSeconds: ${JSON.stringify(have)}`, async () => {
    const answer = (await world().run({
      type: pods,
      object: pod(have && { tolerations: have }),
    })) as Pod
    assert.deepEqual(answer.spec?.tolerations, want)
  })
}

test('priority: the class, the default, the policy', async () => {
  const { objects, run } = world()
  const priorityOf = async (spec: object) => {
    const answer = await run({ type: pods, object: pod(spec) })
    if (typeof answer === 'string') return answer
    const { priorityClassName, priority, preemptionPolicy } = (answer as Pod).spec ?? {}
    return [priorityClassName, priority, preemptionPolicy]
  }
  assert.deepEqual(await priorityOf({}), [undefined, 0, 'PreemptLowerPriority'])
  objects.put(priorityclasses, { metadata: { name: 'high' }, value: 7, preemptionPolicy: 'Never' })
  objects.put(priorityclasses, {
    metadata: { name: 'usual' },
    value: 3,
    globalDefault: true,
    preemptionPolicy: 'PreemptLowerPriority',
  })
  assert.deepEqual(await priorityOf({}), ['usual', 3, 'PreemptLowerPriority'])
  assert.deepEqual(await priorityOf({ priorityClassName: 'high' }), ['high', 7, 'Never'])
  assert.deepEqual(await priorityOf({ priorityClassName: 'high', priority: 7 }), [
    'high',
    7,
    'Never',
  ])
  assert.equal(
    await priorityOf({ priorityClassName: 'no' }),
    'pods "p" is forbidden: no PriorityClass with name no was found',
  )
  assert.equal(
    await priorityOf({ priorityClassName: 'high', priority: 9 }),
    'pods "p" is forbidden: the integer value of priority (9) must not be provided in pod spec; priority admission controller computed 7 from the given PriorityClass name',
  )
  assert.equal(
    await priorityOf({ priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' }),
    'pods "p" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
  )
  assert.equal(
    await run({
      type: priorityclasses,
      object: { metadata: { name: 'x' }, value: 1, globalDefault: true },
    }),
    'priorityclasses.scheduling.k8s.io "x" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  )
  const usual = { metadata: { name: 'usual' }, value: 3, globalDefault: true }
  assert.notEqual(
    typeof (await run({ type: priorityclasses, object: usual, prior: usual })),
    'string',
  )
  const prior = pod({ priority: 7, preemptionPolicy: 'Never' })
  const updated = (await run({ type: pods, object: pod(), prior })) as Pod
  assert.deepEqual([updated.spec?.priority, updated.spec?.preemptionPolicy], [7, 'Never'])
})

test('default classes: the newest that is marked; none is forced on who names one', async () => {
  const { objects, run } = world()
  const claim = async (spec: object, annotations = {}) =>
    (
      (await run({
        type: persistentvolumeclaims,
        object: { metadata: { name: 'c', namespace: 'shop', annotations }, spec },
      })) as { spec: { storageClassName?: string } }
    ).spec.storageClassName
  assert.equal(await claim({}), undefined)
  const marked = { 'storageclass.kubernetes.io/is-default-class': 'true' }
  objects.put(storageclasses, {
    metadata: { name: 'b', annotations: marked, creationTimestamp: '2029-01-01T00:00:00Z' },
  })
  objects.put(storageclasses, {
    metadata: { name: 'a', annotations: marked, creationTimestamp: '2028-01-01T00:00:00Z' },
  })
  objects.put(storageclasses, { metadata: { name: 'c' } })
  assert.equal(await claim({}), 'b')
  assert.equal(await claim({ storageClassName: '' }), '')
  assert.equal(await claim({}, { 'volume.beta.kubernetes.io/storage-class': 'x' }), undefined)
  objects.put(ingressclasses, {
    metadata: {
      name: 'nginx',
      annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' },
    },
  })
  const ingress = async (spec: object, annotations = {}) =>
    (
      (await run({
        type: ingresses,
        object: { metadata: { name: 'i', namespace: 'shop', annotations }, spec },
      })) as { spec: { ingressClassName?: string } }
    ).spec.ingressClassName
  assert.equal(await ingress({}), 'nginx')
  assert.equal(await ingress({ ingressClassName: 'own' }), 'own')
  assert.equal(await ingress({}, { 'kubernetes.io/ingress.class': 'x' }), undefined)
})

test('storage that is used is protected by a finalizer', async () => {
  const { run } = world()
  const finalizers = async (type: AdmissionCase['type'], object: object) =>
    ((await run({ type, object })) as ApiObject).metadata.finalizers
  assert.deepEqual(await finalizers(persistentvolumeclaims, inShop('c', { spec: {} })), [
    'kubernetes.io/pvc-protection',
  ])
  assert.deepEqual(
    await finalizers(persistentvolumes, { metadata: { name: 'v', finalizers: ['a'] } }),
    ['a', 'kubernetes.io/pv-protection'],
  )
  assert.deepEqual(
    await finalizers(persistentvolumes, {
      metadata: { name: 'v', finalizers: ['kubernetes.io/pv-protection'] },
    }),
    ['kubernetes.io/pv-protection'],
  )
})

for (const [from, to, phase, storageClassName, expected] of [
  ['1Gi', '2Gi', 'Bound', 'grows', 'fine'],
  ['1Gi', '1Gi', 'Pending', 'fixed', 'fine'],
  ['2Gi', '2048Mi', 'Bound', 'fixed', 'fine'],
  [
    '1Gi',
    '2Gi',
    'Pending',
    'grows',
    'persistentvolumeclaims "c" is forbidden: Only bound persistent volume claims can be expanded',
  ],
  [
    '1Gi',
    '2Gi',
    'Bound',
    'fixed',
    'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  ],
  [
    '1Gi',
    '2Gi',
    'Bound',
    undefined,
    'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  ],
] as const) {
  test(`a ${phase} claim of class ${storageClassName} from ${from} to ${to} → ${expected}`, async () => {
    const { objects, run } = world()
    objects.put(storageclasses, { metadata: { name: 'grows' }, allowVolumeExpansion: true })
    objects.put(storageclasses, { metadata: { name: 'fixed' } })
    const claim = (storage: string) =>
      inShop('c', {
        spec: { storageClassName, resources: { requests: { storage } } },
        status: { phase },
      })
    const answer = await run({
      type: persistentvolumeclaims,
      object: claim(to),
      prior: claim(from),
    })
    assert.equal(typeof answer === 'string' ? answer : 'fine', expected)
  })
}

test('a runtime class adds overhead, selector and tolerations', async () => {
  const { objects, run } = world({ disable: ['ServiceAccount', 'DefaultTolerationSeconds'] })
  objects.put(runtimeclasses, {
    metadata: { name: 'vm' },
    handler: 'kata',
    overhead: { podFixed: { memory: '120Mi' } },
    scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
  })
  const answer = (await run({
    type: pods,
    object: pod({ runtimeClassName: 'vm', nodeSelector: { a: 'b' } }),
  })) as Pod
  assert.deepEqual(answer.spec?.overhead, { memory: '120Mi' })
  assert.deepEqual(answer.spec?.nodeSelector, { a: 'b', vm: 'yes' })
  assert.deepEqual(answer.spec?.tolerations, [{ key: 'vm', operator: 'Exists' }])
  for (const [spec, expected] of [
    [
      { runtimeClassName: 'no' },
      'pods "p" is forbidden: pod rejected: RuntimeClass "no" not found',
    ],
    [
      { runtimeClassName: 'vm', overhead: { memory: '1' } },
      "pods \"p\" is forbidden: pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      { overhead: { memory: '1' } },
      'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    ],
    [
      { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } },
      'pods "p" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
    ],
  ] as const) {
    assert.equal(await run({ type: pods, object: pod(spec) }), expected)
  }
})

test('external addresses of Services are denied when asked to, except those that are there', async () => {
  const { run } = world({ enable: ['DenyServiceExternalIPs'] })
  const service = (...externalIPs: string[]) => inShop('s', { spec: { externalIPs } })
  const denied = 'services "s" is forbidden: Use of external IPs is denied by admission control.'
  assert.equal(await run({ type: services, object: service('1.2.3.4') }), denied)
  assert.equal(
    await run({ type: services, object: service('1.2.3.4', '5.6.7.8'), prior: service('1.2.3.4') }),
    denied,
  )
  assert.notEqual(
    await run({ type: services, object: service('1.2.3.4'), prior: service('1.2.3.4', '5.6.7.8') }),
    denied,
  )
  const usual = await world().run({ type: services, object: service('1.2.3.4') })
  assert.notEqual(usual, denied)
})

test(
  'certificate requests: who may approve and sign, and what may be asked for',
  { timeout: 10_000 },
  async () => {
    const args = [
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '/dev/null',
    ]
    const pem = (subject: string) =>
      execFileSync('openssl', [...args, '-subj', subject], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString('base64')
    const csr = (signerName: string, request = '', status: object = {}) => ({
      metadata: { name: 'r' },
      spec: { signerName, request },
      status,
    })
    const { run } = world({}, signer as never)
    const type = certificatesigningrequests
    const name = 'certificatesigningrequests.certificates.k8s.io "r" is forbidden: '
    const act = async (subresource: string, signerName: string, next: object = {}) => {
      const answer = await run({
        type,
        subresource,
        object: csr(signerName, '', next),
        prior: csr(signerName),
      } as never)
      return typeof answer === 'string' ? answer : 'fine'
    }
    assert.equal(await act('approval', 'example.com/web'), 'fine')
    assert.equal(
      await act('approval', 'other.com/web'),
      `${name}user not permitted to approve requests with signerName "other.com/web"`,
    )
    assert.equal(
      await act('status', 'example.com/web', { conditions: [{ type: 'Approved' }] }),
      'fine',
    )
    assert.equal(
      await act('status', 'example.com/web', { certificate: 'AA==' }),
      `${name}user not permitted to sign requests with signerName "example.com/web"`,
    )
    const ask = async (signerName: string, request: string) => {
      const answer = await run({ type, object: csr(signerName, request) })
      return typeof answer === 'string' ? answer : 'fine'
    }
    const client = 'kubernetes.io/kube-apiserver-client'
    assert.equal(await ask(client, pem('/O=dev/CN=jane')), 'fine')
    assert.equal(
      await ask(client, pem('/O=system:masters/CN=jane')),
      `${name}use of ${client} signer with system:masters group is not allowed`,
    )
    assert.equal(await ask('example.com/web', pem('/O=system:masters/CN=jane')), 'fine')
    assert.match(
      await ask(client, 'AAAA'),
      /unable to parse CSR: PEM block type must be CERTIFICATE REQUEST/,
    )
  },
)

test('plugins come in upstream’s order; flags switch them', () => {
  const names = world({ disable: [] }).admission.plugins.map(({ name }) => name)
  assert.deepEqual(names.slice(0, 4), [
    'NamespaceLifecycle',
    'LimitRanger',
    'ServiceAccount',
    'TaintNodesByCondition',
  ])
  assert.equal(names.at(-1), 'ResourceQuota')
  assert.ok(!names.includes('NodeRestriction'))
  const { plugins } = world({ enable: ['NodeRestriction'], disable: ['LimitRanger'] }).admission
  assert.deepEqual(
    plugins.slice(0, 3).map(({ name }) => name),
    ['NamespaceLifecycle', 'ServiceAccount', 'NodeRestriction'],
  )
})

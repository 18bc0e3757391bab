import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusError, tooManyRequests } from '#api/meta/status.ts'
import { pods } from '#api/resources.gen.ts'
import { admissionDeps, admissionRequest } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { decodeImagePolicy } from './configuration.ts'
import type { ImagePolicyOptions } from './configuration.ts'
import { imagePolicyWebhook } from './image-policy-webhook.ts'

const pod = {
  metadata: {
    name: 'web',
    namespace: 'shop',
    annotations: { 'breakglass.image-policy.k8s.io/ticket': '1', other: 'x' },
  },
  spec: {
    containers: [{ name: 'a', image: 'nginx' }],
    initContainers: [{ name: 'b', image: 'busybox' }],
    ephemeralContainers: [{ name: 'c', image: 'debug' }],
  },
}

function world(reply: () => object | Error, options: Partial<ImagePolicyOptions> = {}) {
  const asked: unknown[] = []
  const imagePolicy: ImagePolicyOptions = {
    allowTtlMs: 60_000,
    denyTtlMs: 10_000,
    retryMs: 100,
    defaultAllow: false,
    post: async (review) => {
      asked.push(review)
      const status = reply()
      if (status instanceof Error) throw status
      return { status }
    },
    ...options,
  }
  const deps = admissionDeps(new FakeObjects(), {
    configurations: { imagePolicyWebhook: imagePolicy },
  })
  const plugin = imagePolicyWebhook(deps)
  const annotations: Record<string, string> = {}
  const judge = async (more: object = {}) => {
    const request = admissionRequest({
      type: pods,
      object: pod as never,
      annotate: (key, value) => void (annotations[key] = value),
      ...more,
    })
    assert.equal(plugin.handles(request), true)
    try {
      await plugin.validate?.(request)
      return 'fine'
    } catch (error) {
      assert.ok(error instanceof StatusError)
      return error.message
    }
  }
  return { ...deps, plugin, asked, annotations, judge }
}

test('what the server is asked', async () => {
  const { judge, asked } = world(() => ({ allowed: true }))
  assert.equal(await judge(), 'fine')
  await judge({ subresource: 'ephemeralcontainers' })
  const annotations = { 'breakglass.image-policy.k8s.io/ticket': '1' }
  const review = { kind: 'ImageReview', apiVersion: 'imagepolicy.k8s.io/v1alpha1', metadata: {} }
  const images = (...names: string[]) => names.map((image) => ({ image }))
  assert.deepEqual(asked, [
    {
      ...review,
      spec: { containers: images('nginx', 'busybox', 'debug'), annotations, namespace: 'shop' },
    },
    { ...review, spec: { containers: images('debug'), annotations, namespace: 'shop' } },
  ])
})

for (const [reply, expected] of [
  [
    { allowed: false, reason: 'too old' },
    'pods "web" is forbidden: image policy webhook backend denied one or more images: too old',
  ],
  [{}, 'pods "web" is forbidden: one or more images rejected by webhook backend'],
  [
    { allowed: 'yes' },
    'pods "web" is forbidden: json: cannot unmarshal string into Go struct field ImageReviewStatus.status.allowed of type bool',
  ],
  [new Error('connection refused'), 'pods "web" is forbidden: connection refused'],
] as const) {
  test(`refused: ${expected}`, async () => {
    assert.equal(await world(() => reply).judge(), expected)
  })
}

test('what the server adds to the audit log', async () => {
  const { judge, annotations } = world(() => ({ allowed: true, auditAnnotations: { by: 'me' } }))
  await judge()
  assert.deepEqual(annotations, { 'imagepolicywebhook.image-policy.k8s.io/by': 'me' })
})

test('a yes and a no are believed for a while', async () => {
  let allowed = true
  const { judge, asked, clock } = world(() => ({ allowed }))
  await judge()
  await clock.advance(59_000)
  await judge()
  assert.equal(asked.length, 1)
  allowed = false
  await clock.advance(2_000)
  await judge()
  await judge()
  assert.equal(asked.length, 2)
  await clock.advance(11_000)
  await judge()
  assert.equal(asked.length, 3)
})

test('when nobody answers, the configuration decides', async () => {
  const failing = { defaultAllow: true }
  const { judge, asked, annotations, clock } = world(() => tooManyRequests('busy', 1), failing)
  const judging = judge()
  for (let second = 0; second < 2; second++) await clock.advance(1000)
  assert.equal(await judging, 'fine')
  assert.equal(asked.length, 5)
  assert.deepEqual(annotations, { 'imagepolicywebhook.image-policy.k8s.io/failed-open': 'true' })
})

test('durations: none, default, seconds and milliseconds', async () => {
  const post = () => Promise.resolve({})
  const paths: string[] = []
  const connect = async (path: string) => {
    paths.push(path)
    return post
  }
  const decode = (imagePolicy: object) => decodeImagePolicy({ imagePolicy }, connect)
  assert.deepEqual(await decode({ kubeConfigFile: '/k', allowTTL: -1, retryBackoff: 50 }), {
    post,
    allowTtlMs: 0,
    denyTtlMs: 30_000,
    retryMs: 50,
    defaultAllow: false,
  })
  assert.deepEqual(paths, ['/k'])
  await assert.rejects(decode({ allowTTL: 3600 }), {
    message: `couldn't init admission plugin "ImagePolicyWebhook": valid value is between 1s and 30m0s, got 3600s`,
  })
  await assert.rejects(decode({ kubeconfigFile: 'x' }), {
    message: 'strict decoding error: unknown field "imagePolicy.kubeconfigFile"',
  })
})

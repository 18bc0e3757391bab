import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubjectAccessReviewStatus } from '#api/authorization/v1.gen.ts'
import { serviceUnavailable, tooManyRequests } from '#api/meta/status.ts'
import { FakeClock } from '#testing/clock.ts'
import type { Attributes } from './authorizer.ts'
import { immediately } from './authorizer.ts'
import { conditionsOf } from './match-conditions.ts'
import { alwaysAllow, union } from './union.ts'
import { specOf, webhookAuthorizer } from './webhook.ts'
import type { WebhookOptions } from './webhook.ts'

const jane: Attributes = {
  user: { name: 'jane', groups: ['dev'] },
  verb: 'list',
  resource: {
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    subresource: '',
    namespace: 'shop',
    name: '',
    fieldSelector: 'metadata.name!=x',
    labelSelector: 'app in (a,b),!old',
  },
}

function world(
  answer: () => Partial<SubjectAccessReviewStatus> | Error,
  options: Partial<WebhookOptions> = {},
) {
  const clock = new FakeClock()
  const asked: object[] = []
  const authorizer = webhookAuthorizer({
    clock,
    random: () => 0,
    version: 'v1',
    authorizedTtlMs: 300_000,
    unauthorizedTtlMs: 30_000,
    post: async (review) => {
      assert.ok(typeof review === 'object')
      asked.push(review)
      const status = answer()
      if (status instanceof Error) throw status
      return { status }
    },
    ...options,
  })
  /** Lets the pauses between tries pass. */
  const decide = async (attributes = jane) => {
    const decision = authorizer.authorize(attributes)
    const elapse = async (): Promise<void> => {
      for (let turn = 0; turn < 10; turn++) await clock.advance(1_000)
    }
    if (decision instanceof Promise) await Promise.all([decision, asked.length > 0 && elapse()])
    return decision
  }
  return { clock, asked, authorizer, decide }
}

test('what the server is asked, in both versions', () => {
  const { groups, ...rest } = specOf(jane, 'v1')
  assert.deepEqual(groups, ['dev'])
  assert.deepEqual(rest, {
    user: 'jane',
    resourceAttributes: {
      verb: 'list',
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      namespace: 'shop',
      fieldSelector: {
        requirements: [{ key: 'metadata.name', operator: 'NotIn', values: ['x'] }],
      },
      labelSelector: {
        requirements: [
          { key: 'app', operator: 'In', values: ['a', 'b'] },
          { key: 'old', operator: 'DoesNotExist' },
        ],
      },
    },
  })
  assert.deepEqual(
    specOf({ user: { name: 'x', groups: ['g'] }, verb: 'get', path: '/p' }, 'v1beta1'),
    {
      user: 'x',
      group: ['g'],
      nonResourceAttributes: { path: '/p', verb: 'get' },
    },
  )
})

test('a yes is believed for minutes, a no for seconds', async () => {
  let allowed = true
  const { clock, asked, authorizer } = world(() => ({ allowed, reason: 'because' }))
  const [first, second] = await Promise.all([
    authorizer.authorize(jane),
    authorizer.authorize(jane),
  ])
  assert.deepEqual(first, { allowed: true, reason: 'because' })
  assert.equal(first, second)
  assert.equal(asked.length, 1)
  allowed = false
  await clock.advance(299_000)
  assert.equal((await authorizer.authorize(jane)).allowed, true)
  await clock.advance(2_000)
  assert.equal((await authorizer.authorize(jane)).allowed, false)
  await clock.advance(29_000)
  await authorizer.authorize(jane)
  assert.equal(asked.length, 2)
  await clock.advance(2_000)
  await authorizer.authorize(jane)
  assert.equal(asked.length, 3)
})

for (const [status, decision] of [
  [
    { allowed: false, denied: true, reason: 'no' },
    { allowed: false, denied: true, reason: 'no' },
  ],
  [{}, { allowed: false, reason: '' }],
  [{ evaluationError: 'e' }, { allowed: false, reason: '', error: 'e' }],
] as const) {
  test(`a status ${JSON.stringify(status)}`, async () => {
    assert.deepEqual(await world(() => status).decide(), decision)
  })
}

test('a server that fails is asked again, then counts as its policy says', async () => {
  let failures = 2
  const overloaded = serviceUnavailable('down')
  const busy = tooManyRequests('busy', 1)
  const passing = world(() => (failures-- > 0 ? busy : { allowed: true }))
  assert.equal((await passing.decide()).allowed, true)
  assert.equal(passing.asked.length, 3)
  const exhausted = world(() => busy)
  assert.equal((await exhausted.decide()).allowed, false)
  assert.equal(exhausted.asked.length, 5)
  const broken = world(() => overloaded)
  assert.deepEqual(await broken.decide(), { allowed: false, reason: '', error: 'down' })
  assert.equal(broken.asked.length, 1)
  const strict = world(() => new Error('down'), { onError: 'Deny' })
  assert.deepEqual(await strict.decide(), {
    allowed: false,
    denied: true,
    reason: '',
    error: 'down',
  })
})

test('an answer of another type is no answer', async () => {
  const { decide } = world(() => ({ allowed: 'yes' as never }))
  const { allowed, error = '' } = await decide()
  assert.equal(allowed, false)
  assert.match(error, /^json: cannot unmarshal string into Go struct field .*allowed of type bool$/)
})

test('conditions spare the server questions', async () => {
  const conditions = [
    'has(request.resourceAttributes)',
    "request.resourceAttributes.namespace == 'shop' && !('admins' in request.groups)",
  ]
  const { asked, decide } = world(() => ({ allowed: true }), { matches: conditionsOf(conditions) })
  assert.equal((await decide()).allowed, true)
  const elsewhere = { ...jane.resource, namespace: 'other' } as Attributes['resource']
  assert.equal(
    (await decide({ ...jane, ...(elsewhere && { resource: elsewhere }) })).allowed,
    false,
  )
  assert.equal((await decide({ user: jane.user, verb: 'get', path: '/x' })).allowed, false)
  assert.equal(asked.length, 1)
  assert.throws(() => conditionsOf(['request.nope']), /compilation failed: ERROR/)
  assert.throws(() => conditionsOf(["'x'"]), /must evaluate to bool/)
})

test('a no of one ends the questions, an opinion of none goes on; reasons add up', async () => {
  const no = world(() => ({ denied: true, reason: 'never' })).authorizer
  const none = world(() => ({ reason: 'who knows' })).authorizer
  assert.equal((await union([no, alwaysAllow]).authorize(jane)).allowed, false)
  assert.equal((await union([none, alwaysAllow]).authorize(jane)).allowed, true)
  const decision = await union([
    none,
    world(() => ({ reason: 'me neither' })).authorizer,
  ]).authorize(jane)
  assert.equal(decision.reason, 'who knows\nme neither')
  const unknown = world(() => ({})).authorizer
  assert.equal(immediately(union([unknown, alwaysAllow])).authorize(jane).allowed, false)
  assert.equal(immediately(union([alwaysAllow, none])).authorize(jane).allowed, true)
})

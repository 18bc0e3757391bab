import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TokenReviewStatus } from '#api/authentication/v1.gen.ts'
import { tooManyRequests } from '#api/meta/status.ts'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { TokenError } from './authenticator.ts'
import { tokenWebhook } from './token-webhook.ts'
import type { TokenWebhookOptions } from './token-webhook.ts'

type Reply = Partial<TokenReviewStatus> | Error | undefined

function world(reply: (token: string) => Reply, options: Partial<TokenWebhookOptions> = {}) {
  const clock = new FakeClock()
  const asked: unknown[] = []
  const errors: string[] = []
  const log = { ...silentLogger, error: (message: string) => void errors.push(message) }
  const authenticate = tokenWebhook(
    {
      clock,
      random: () => 0,
      log,
      version: 'v1',
      cacheTtlMs: 120_000,
      post: async (review) => {
        asked.push(review)
        const status = reply((review as { spec: { token: string } }).spec.token)
        if (status instanceof Error) throw status
        return status === undefined ? {} : { status }
      },
      ...options,
    },
    ['api'],
  )
  const who = async (token: string, audiences: readonly string[] = ['api']) => {
    try {
      const found = await authenticate(token, audiences)
      if (found === undefined) return 'nobody'
      const { name, groups } = found.user
      return `${name} [${groups.join()}] for ${found.audiences.join()}`
    } catch (error) {
      assert.ok(error instanceof TokenError)
      return error.message
    }
  }
  return { clock, asked, errors, who, authenticate }
}

const jane = { authenticated: true, user: { username: 'jane', uid: '7', groups: ['dev'] } }

for (const [what, reply, audiences, expected] of [
  ['a user', jane, ['api'], 'jane [dev] for api'],
  ['audiences that it names', { ...jane, audiences: ['b', 'c'] }, ['a', 'b'], 'jane [dev] for b'],
  ['other audiences', { ...jane, audiences: ['x'] }, ['api'], 'nobody'],
  ['no audiences, and others were wanted', jane, ['vault'], 'nobody'],
  ['no', { authenticated: false }, ['api'], 'nobody'],
  ['no, with a reason', { error: 'expired on Monday' }, ['api'], 'expired on Monday'],
  ['nothing', undefined, ['api'], 'nobody'],
  [
    'groups that are none',
    { authenticated: true, user: { username: 'x', groups: 'system:masters' as never } },
    ['api'],
    'json: cannot unmarshal string into Go struct field UserInfo.status.user.groups of type []string',
  ],
  ['a failure', new Error('connection refused'), ['api'], 'connection refused'],
] as [string, Reply, string[], string][]) {
  test(`the server answers ${what}`, async () => {
    assert.equal(await world(() => reply).who('t', audiences), expected)
  })
}

for (const version of ['v1', 'v1beta1'] as const) {
  test(`what the server is asked, ${version}`, async () => {
    const { who, asked } = world(() => jane, { version })
    await who('t')
    assert.deepEqual(asked, [
      {
        kind: 'TokenReview',
        apiVersion: `authentication.k8s.io/${version}`,
        metadata: {},
        spec: { token: 't', audiences: ['api'] },
      },
    ])
  })
}

test('uid and extra come along', async () => {
  const extra = { scopes: ['a', 'b'] }
  const { authenticate } = world(() => ({ ...jane, user: { ...jane.user, extra } }))
  const found = await authenticate('t', ['api'])
  assert.deepEqual(found?.user, { name: 'jane', uid: '7', groups: ['dev'], extra })
})

test('a yes and a no are believed for a while, a failure is not', async () => {
  const { who, asked, clock, errors } = world((token) =>
    token === 'down' ? new Error('down') : token === 'no' ? {} : jane,
  )
  for (const token of ['t', 't', 'no', 'no', 'down', 'down']) await who(token)
  assert.equal(asked.length, 4)
  await who('t', ['other'])
  assert.equal(asked.length, 5, 'another audience is another question')
  await clock.advance(120_000)
  await who('t')
  assert.equal(asked.length, 6)
  assert.deepEqual(errors, Array(2).fill('Failed to make webhook authenticator request'))
})

test('who asks the same at once shares the answer', async () => {
  const { who, asked } = world(() => jane, { cacheTtlMs: 0 })
  assert.deepEqual(await Promise.all([who('t'), who('t')]), [
    'jane [dev] for api',
    'jane [dev] for api',
  ])
  assert.equal(asked.length, 1)
  await who('t')
  assert.equal(asked.length, 2)
})

test('a server that asks for patience is asked again', async () => {
  let failures = 2
  const { who, asked, clock } = world(() => (failures-- > 0 ? tooManyRequests('busy', 1) : jane))
  const answer = who('t')
  for (let second = 0; second < 3; second++) await clock.advance(1000)
  assert.equal(await answer, 'jane [dev] for api')
  assert.equal(asked.length, 3)
})

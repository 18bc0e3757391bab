import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Secret, ServiceAccount } from '#api/core/v1.gen.ts'
import { isTrackedLongEnough, plan } from './plan.ts'
import type { Situation } from './plan.ts'

const dayMs = 86_400_000
const nowMs = Date.UTC(2030, 0, 31, 12)
const keptMs = 10 * dayMs
const lastUsed = (day: string) => ({ 'kubernetes.io/legacy-token-last-used': day })
const invalidSince = (day: string) => ({ 'kubernetes.io/legacy-token-invalid-since': day })

interface Case {
  readonly labels?: Record<string, string>
  readonly created?: string
  readonly type?: string
  readonly uid?: string
  readonly listed?: string
  readonly situation?: Partial<Situation>
}

function decide(one: Case): string {
  const { labels, created = '2030-01-01T00:00:00Z', uid = '', listed = 'bot-token' } = one
  const account = {
    metadata: { name: 'bot', uid: '1' },
    secrets: [{ name: listed }],
  } as unknown as ServiceAccount
  const annotations = {
    'kubernetes.io/service-account.name': 'bot',
    'kubernetes.io/service-account.uid': uid,
  }
  const secret = {
    metadata: { name: 'bot-token', creationTimestamp: created, labels, annotations },
    type: one.type ?? 'kubernetes.io/service-account-token',
  } as unknown as Secret
  const action = plan(secret, { nowMs, keptMs, account, isMounted: false, ...one.situation })
  return action.type === 'invalidate' ? `invalidate since ${action.since}` : action.type
}

for (const [what, one, expected] of [
  ['never used', {}, 'invalidate since 2030-01-31'],
  ['used long ago', { labels: lastUsed('2030-01-20') }, 'invalidate since 2030-01-31'],
  ['used on the day that counts', { labels: lastUsed('2030-01-21') }, 'keep'],
  ['a mark that is no day', { labels: lastUsed('lately') }, 'keep'],
  ['invalid for long', { labels: invalidSince('2030-01-20') }, 'delete'],
  ['invalid of late', { labels: invalidSince('2030-01-21') }, 'keep'],
  ['invalid since no day', { labels: invalidSince('x') }, 'invalidate since 2030-01-31'],
  ['young', { created: '2030-01-21T12:00:00Z' }, 'keep'],
  ['of another type', { type: 'Opaque' }, 'keep'],
  ['made by hand', { listed: 'another' }, 'keep'],
  ["the account's uid", { uid: '1' }, 'invalidate since 2030-01-31'],
  ["another account's uid", { uid: '2' }, 'keep'],
  ['without an account', { situation: { account: undefined } }, 'keep'],
  ['mounted', { situation: { isMounted: true } }, 'keep'],
] as [string, Case, string][]) {
  test(`a token ${what}`, () => assert.equal(decide(one), expected))
}

test('no mark means no use only after a while of marking', () => {
  assert.equal(isTrackedLongEnough('2030-01-20', nowMs, keptMs), true)
  assert.equal(isTrackedLongEnough('2030-01-21', nowMs, keptMs), false)
  assert.equal(isTrackedLongEnough('', nowMs, keptMs), false)
})

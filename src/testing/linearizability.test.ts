import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linearizabilityProblem, type Operation } from './linearizability.ts'

type Row = readonly [calledAt: number, answeredAt: number, ...rest: readonly unknown[]]

/** `[0, 1, 'read', 'a']`, `[0, 1, 'swap', undefined, 'a', 'done']` */
function history(rows: readonly Row[]): Operation[] {
  return rows.map(([calledAt, answeredAt, type, first, second, outcome]) => ({
    calledAt,
    answeredAt,
    action: (type === 'read'
      ? { type, seen: first }
      : { type, from: first, to: second, outcome }) as Operation['action'],
  }))
}

const none = undefined

const fine: Record<string, readonly Row[]> = {
  'nothing happened': [],
  'one after the other': [
    [0, 1, 'swap', none, 'a', 'done'],
    [2, 3, 'read', 'a'],
    [4, 5, 'swap', 'a', 'b', 'done'],
    [6, 7, 'read', 'b'],
  ],
  'a read beside a write sees either': [
    [0, 10, 'swap', none, 'a', 'done'],
    [1, 2, 'read', none],
    [3, 4, 'read', 'a'],
  ],
  'a lost race tells what is there': [
    [0, 5, 'swap', none, 'a', 'done'],
    [0, 5, 'swap', none, 'b', { found: 'a' }],
  ],
  'an unknown write was done': [
    [0, Infinity, 'swap', none, 'a', 'unknown'],
    [5, 6, 'read', none],
    [7, 8, 'read', 'a'],
  ],
  'an unknown write was not done': [
    [0, Infinity, 'swap', none, 'a', 'unknown'],
    [5, 6, 'swap', none, 'b', 'done'],
    [7, 8, 'read', 'b'],
  ],
  'a removal, and a creation after it': [
    [0, 1, 'swap', none, 'a', 'done'],
    [2, 3, 'swap', 'a', none, 'done'],
    [4, 5, 'read', none],
    [6, 7, 'swap', none, 'b', 'done'],
  ],
}

const wrong: Record<string, readonly Row[]> = {
  'a stale read': [
    [0, 1, 'swap', none, 'a', 'done'],
    [2, 3, 'swap', 'a', 'b', 'done'],
    [4, 5, 'read', 'a'],
  ],
  'a lost write': [
    [0, 1, 'swap', none, 'a', 'done'],
    [2, 3, 'read', none],
  ],
  'two winners': [
    [0, 5, 'swap', none, 'a', 'done'],
    [0, 5, 'swap', none, 'b', 'done'],
  ],
  'reads that go back': [
    [0, 20, 'swap', none, 'a', 'done'],
    [1, 2, 'read', 'a'],
    [3, 4, 'read', none],
  ],
  'a write that was not yet called': [
    [0, 1, 'read', 'a'],
    [2, 3, 'swap', none, 'a', 'done'],
  ],
  'a refusal without a reason': [[0, 1, 'swap', none, 'a', { found: none }]],
}

for (const [name, rows] of Object.entries(fine)) {
  test(`linearizable: ${name}`, () =>
    assert.equal(linearizabilityProblem(history(rows)), undefined))
}

for (const [name, rows] of Object.entries(wrong)) {
  test(`not linearizable: ${name}`, () => {
    assert.match(linearizabilityProblem(history(rows)) ?? '', /operations have an order/)
  })
}

test('many clients at once are decided in time', { timeout: 10_000 }, () => {
  const rows: Row[] = []
  for (let i = 0; i < 400; i++) {
    const [from, to] = [i === 0 ? none : `v${i - 1}`, `v${i}`]
    rows.push([i * 10, i * 10 + 8, 'swap', from, to, 'done'])
    for (let reader = 1; reader < 6; reader++) rows.push([i * 10 + reader, i * 10 + 7, 'read', to])
    if (i % 40 === 0) rows.push([i * 10, Infinity, 'swap', from, `lost${i}`, 'unknown'])
  }
  assert.equal(linearizabilityProblem(history(rows)), undefined)
})

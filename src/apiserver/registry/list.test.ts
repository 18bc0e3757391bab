import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revisionOf } from '#storage/storage.ts'
import {
  startTestRegistry,
  oldWidgets,
  sparks,
  widget,
  type TestRegistry,
} from '#testing/registry.ts'
import type { ListPage, ListParams } from './registry.ts'

/** Widgets a … e in `default` (revisions 2 to 6) and x in `other` (revision 7). */
async function filled(): Promise<TestRegistry> {
  const t = await startTestRegistry()
  for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const labels = { parity: i % 2 === 0 ? 'even' : 'odd' }
    const spec = { color: i < 2 ? 'red' : 'blue' }
    await t.registry.create(t.call(), widget(name, { metadata: { labels } as never, spec }))
  }
  await t.registry.create(t.call({ namespace: 'other' }), widget('x'))
  return t
}

const list = (t: TestRegistry, params: Partial<ListParams> = {}, namespace = 'default') =>
  t.registry.list(t.call({ namespace }), { limit: 0, ...params })

const names = ({ items }: ListPage): string =>
  items.map(({ object }) => object.metadata.name).join('')

const selections = [
  { params: {}, want: 'abcde' },
  { params: { labelSelector: 'parity=even' }, want: 'ace' },
  { params: { labelSelector: 'parity!=even,parity' }, want: 'bd' },
  { params: { fieldSelector: 'spec.color=red' }, want: 'ab' },
  { params: { fieldSelector: 'spec.color!=red', labelSelector: 'parity=even' }, want: 'ce' },
  { params: { fieldSelector: 'metadata.name=c' }, want: 'c' },
  { params: { fieldSelector: 'metadata.name=c,spec.color=red' }, want: '' },
  { params: { fieldSelector: 'metadata.namespace=other' }, want: '' },
]

for (const { params, want } of selections) {
  test(`a list with ${JSON.stringify(params)} shows [${want}]`, async () => {
    await using t = await filled()
    const page = await list(t, params)
    assert.equal(names(page), want)
    assert.equal(page.resourceVersion, '7')
    assert.equal(page.continue, undefined)
  })
}

test('a list of all namespaces is in the order of keys', async () => {
  await using t = await filled()
  await t.registry.create(t.call({ namespace: 'default-2' }), widget('m'))
  const page = await list(t, {}, '')
  assert.deepEqual(
    page.items.map(({ key }) => key),
    ['default-2/m', 'default/a', 'default/b', 'default/c', 'default/d', 'default/e', 'other/x'],
  )
})

test('the same list is the same array until something changes', async () => {
  await using t = await filled()
  for (const params of [{}, { labelSelector: 'parity=odd' }]) {
    const first = await list(t, params)
    assert.equal((await list(t, params)).items, first.items)
  }
  const before = await list(t)
  await t.registry.create(t.call(), widget('f'))
  assert.equal(names(before), 'abcde', 'a list that was handed out changed')
  assert.equal(names(await list(t)), 'abcdef')
})

test('pages go on at the revision of the first, whatever is written meanwhile', async () => {
  await using t = await filled()
  const first = await list(t, { limit: 2 })
  assert.deepEqual([names(first), first.remainingItemCount], ['ab', 3])
  await t.registry.delete(t.call(), 'c', {})
  await t.registry.create(t.call(), widget('bb'))
  const second = await list(t, { limit: 2, continue: first.continue ?? '' })
  assert.deepEqual([names(second), second.remainingItemCount], ['cd', 1])
  assert.equal(second.resourceVersion, first.resourceVersion)
  const third = await list(t, { limit: 2, continue: second.continue ?? '' })
  assert.deepEqual([names(third), third.continue], ['e', undefined])
})

test('pages of a selection', async () => {
  await using t = await filled()
  const params = { limit: 2, labelSelector: 'parity=even' }
  const first = await list(t, params)
  assert.deepEqual([names(first), first.remainingItemCount], ['ac', undefined])
  await t.registry.create(t.call(), widget('zz'))
  const second = await list(t, { ...params, continue: first.continue ?? '' })
  assert.deepEqual([names(second), second.continue], ['e', undefined])
})

test('pages over all namespaces', async () => {
  await using t = await filled()
  let seen = ''
  let token: string | undefined
  do {
    const page = await list(t, { limit: 4, ...(token !== undefined && { continue: token }) }, '')
    seen += `${names(page)} `
    token = page.continue
    await t.registry.create(t.call({ namespace: 'zone' }), widget(`n${seen.length}`))
  } while (token !== undefined)
  assert.equal(seen, 'abcd ex ')
})

test('a token of a compacted revision is expired, and offers to go on with what is there', async () => {
  await using t = await filled()
  const first = await list(t, { limit: 2 })
  await t.registry.delete(t.call(), 'c', {})
  await t.storage.compact(await t.storage.revision())
  let token = ''
  await assert.rejects(list(t, { limit: 2, continue: first.continue ?? '' }), (error: Error) => {
    assert.match(error.message, /^The provided continue parameter is too old to display/)
    const { status, code } = error as Error & {
      status: { metadata: { continue?: string } }
      code: number
    }
    token = status.metadata.continue ?? ''
    return code === 410
  })
  const rest = await list(t, { limit: 2, continue: token })
  assert.equal(names(rest), 'de')
})

test('an exact list shows the past', async () => {
  await using t = await filled()
  await t.registry.delete(t.call(), 'a', {})
  const exact = { resourceVersion: '4', resourceVersionMatch: 'Exact' }
  const page = await list(t, exact)
  assert.deepEqual([names(page), page.resourceVersion], ['abc', '4'])
  assert.equal(names(await list(t, { resourceVersion: '4', limit: 2 })), 'ab')
  assert.equal(names(await list(t, { resourceVersion: '4' })), 'bcde')
  assert.equal(names(await list(t, { resourceVersion: '0', limit: 2 })), 'bcde')
  await t.storage.compact(revisionOf(6))
  await assert.rejects(list(t, exact), { code: 410 })
})

test('a list at a future version waits, and gives up after three seconds', async () => {
  await using t = await filled()
  const soon = list(t, { resourceVersion: '8' })
  await t.registry.create(t.call(), widget('f'))
  assert.equal(names(await soon), 'abcdef')
  const never = list(t, { resourceVersion: '100' })
  const refused = assert.rejects(never, (error: Error) => {
    assert.equal(error.message, 'Timeout: Too large resource version: 100, current: 8')
    return (error as Error & { code: number }).code === 504
  })
  await t.clock.advance(3_000)
  await refused
})

const refusals: readonly (readonly [Partial<ListParams>, string | RegExp])[] = [
  [
    { resourceVersionMatch: 'Exact' },
    /resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided$/,
  ],
  [
    { resourceVersion: '0', resourceVersionMatch: 'Exact' },
    /resourceVersionMatch "exact" is forbidden for resourceVersion "0"/,
  ],
  [
    { resourceVersion: '1', resourceVersionMatch: 'Odd' },
    /Unsupported value: "Odd": supported values: "Exact", "NotOlderThan", ""/,
  ],
  [
    { resourceVersion: 'abc' },
    'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  ],
  [{ continue: 'bnVsbA' }, /server does not recognize this encoded version ""$/],
  [{ continue: '%%' }, /^invalid continue token: continue key is not valid: /],
  [
    { continue: 'abc', resourceVersion: '5' },
    'specifying resource version is not allowed when using continue',
  ],
  [{ fieldSelector: 'spec.nose=x' }, 'field label not supported: spec.nose'],
  [{ labelSelector: '==' }, /found '==', expected: !, identifier/],
]

for (const [params, message] of refusals) {
  test(`a list with ${JSON.stringify(params)} is refused`, async () => {
    await using t = await filled()
    await assert.rejects(list(t, params), { message })
  })
}

test('kinds without selectable fields say which there are', async () => {
  await using t = await startTestRegistry()
  const call = t.call({ resource: sparks, namespace: '' })
  await assert.rejects(t.registry.list(call, { limit: 0, fieldSelector: 'data=x' }), {
    message: '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
  })
})

test('another version of the kind shows the same objects, converted', async () => {
  await using t = await startTestRegistry()
  await t.registry.create(t.call(), widget('a', { spec: { size: 3 } }))
  const old = t.call({ resource: oldWidgets })
  const { object } = await t.registry.create(old, {
    metadata: { name: 'b' },
    spec: { bigness: 5 },
  } as never)
  assert.equal(object.apiVersion, 'example.com/v1alpha1')
  const page = await t.registry.list(old, { limit: 0 })
  const shown = page.items.map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()))
  assert.deepEqual(
    shown.map(({ apiVersion, spec, metadata }) => [apiVersion, spec, metadata.resourceVersion]),
    [
      ['example.com/v1alpha1', { bigness: 3 }, '2'],
      ['example.com/v1alpha1', { bigness: 5 }, '3'],
    ],
  )
  assert.equal((await t.registry.list(old, { limit: 0 })).items, page.items)
  const stored = (await t.registry.get(t.call(), 'b')).object
  assert.deepEqual(
    [stored.apiVersion, (stored as never as { spec: object }).spec],
    ['example.com/v1', { size: 5 }],
  )
})

test('a get waits for the version that it names', async () => {
  await using t = await filled()
  const soon = t.registry.get(t.call(), 'f', '8')
  await t.registry.create(t.call(), widget('f'))
  assert.equal((await soon).resourceVersion, '8')
  assert.equal((await t.registry.get(t.call(), 'a', '0')).resourceVersion, '2')
})

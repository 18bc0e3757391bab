/** What several API servers over one etcd rely on: progress, leases, turns of compaction, prefixes. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { revisionOf, type Revision, type Storage } from '#storage/storage.ts'
import { etcdIsMissing, startTestEtcd, type TestEtcd } from '#testing/etcd.ts'
import { sharedCompactor } from './compactor.ts'
import { wayOf } from './progress.ts'

const value = (text: string) => ({ bytes: Buffer.from(text) })

for (const [version, way] of [
  ['3.4.23', 'mark'],
  ['3.4.31', 'ask'],
  ['3.5.0', 'mark'],
  ['3.5.13', 'ask'],
  ['3.5.21', 'ask'],
  ['3.6.0-rc.1', 'ask'],
  ['4.0.0', 'ask'],
  ['', 'mark'],
] as const) {
  test(`etcd ${version} proves progress by ${way}`, () => assert.equal(wayOf(version), way))
}

suite('one etcd', { skip: etcdIsMissing, timeout: 60_000 }, () => {
  let etcd: TestEtcd
  before(async () => {
    etcd = await startTestEtcd()
  })
  after(async () => {
    await etcd[Symbol.asyncDispose]()
  })

  for (const progress of ['ask', 'mark'] as const) {
    test(`a watch reaches what others wrote elsewhere (${progress})`, async () => {
      await using storage = await etcd.open({ progress })
      await using other = await etcd.open()
      const start = await storage.revision()
      const elsewhere = { requestPut: { key: Buffer.from('elsewhere'), value: Buffer.from('1') } }
      const { header } = await other.client.txn({ compare: [], success: [elsewhere], failure: [] })
      const reached = until(storage, start, revisionOf(header.revision))
      assert.ok((await storage.revision()) >= header.revision)
      assert.deepEqual(await reached, ['progress'])
      const range = await storage.range({ prefix: '/registry/things/', limit: 0 })
      assert.deepEqual(range.entries, [])
    })
  }

  test('keys expire with their lease, unless a later write took the time away', async () => {
    await using storage = await etcd.open()
    const start = await storage.revision()
    const keys = ['a', 'b', 'kept'].map((name) => `/registry/events/${name}`)
    for (const key of keys) await storage.create(key, value('1'), { ttlSeconds: 1 })
    const kept = await storage.get('/registry/events/kept')
    assert.ok(kept !== undefined)
    await storage.update(kept.key, value('2'), kept.revision)
    const removed: string[] = []
    for await (const batch of storage.watch(
      '/registry/events/',
      start,
      new AbortController().signal,
    )) {
      for (const change of batch) if (change.type === 'delete') removed.push(change.key)
      if (removed.length === 2) break
    }
    assert.deepEqual(removed.toSorted(), keys.slice(0, 2))
    assert.equal(await storage.count('/registry/events/'), 1)
  })

  test('a lease that etcd has lost is replaced', async () => {
    await using storage = await etcd.open({ leaseReuseSeconds: 0, random: () => 0.25 })
    await storage.create('/registry/events/x', value('1'), { ttlSeconds: 3600 })
    const call = { path: '/etcdserverpb.Lease/LeaseRevoke', timeoutMs: 5_000 }
    const id = 1 + 2 ** 50
    await storage.client.members.write({ ...call, request: leaseRevoke(id) })
    assert.equal(await storage.count('/registry/events/x'), 0)
    const outcome = await storage.create('/registry/events/y', value('1'), { ttlSeconds: 3600 })
    assert.ok(outcome.ok)
  })

  test('of several servers one compacts at each interval', async () => {
    await using one = await etcd.open()
    await using two = await etcd.open()
    const compactors = [one, two, one].map(({ client }) => sharedCompactor(client))
    const turn = async (): Promise<void> => {
      for (const compactor of compactors) await compactor.turn()
    }
    await turn()
    const created = await one.create('/registry/compacted', value('1'))
    assert.ok(created.ok)
    await turn()
    const updated = await two.update('/registry/compacted', value('2'), created.revision)
    assert.ok(updated.ok)
    // The turn before ended after the creation: that is kept until the next.
    await one.range({ prefix: '/registry/', limit: 0, atRevision: created.revision })
    await turn()
    await turn()
    const past = one.range({ prefix: '/registry/', limit: 0, atRevision: created.revision })
    await assert.rejects(past, { name: 'CompactedError' })
  })

  test('clusters with different prefixes do not see each other', async () => {
    await using ours = await etcd.open({ prefix: 'ours' })
    await using theirs = await etcd.open({ prefix: '/theirs/' })
    const from = await ours.revision()
    const created = await ours.create('/registry/pods/default/a', value('1'))
    assert.ok(created.ok)
    assert.equal(await theirs.get('/registry/pods/default/a'), undefined)
    assert.equal(await ours.count('/registry/pods/'), 1)
    assert.deepEqual(await until(ours, from, created.revision), ['put /registry/pods/default/a'])
    const raw = await theirs.client.range({ key: Buffer.from('/ours/pods/default/a') })
    assert.equal(raw.kvs[0]?.value.toString(), '1')
  })
})

/** What a watch tells until it has reached the revision. */
async function until(storage: Storage, from: Revision, revision: Revision): Promise<string[]> {
  const told: string[] = []
  for await (const batch of storage.watch('/registry/', from, new AbortController().signal)) {
    for (const change of batch) {
      told.push(change.type === 'put' ? `put ${change.entry.key}` : change.type)
      const at = change.type === 'put' ? change.entry.revision : change.revision
      if (at >= revision) return told
    }
  }
  return told
}

/** LeaseRevokeRequest, which the backend has no use for. */
function leaseRevoke(id: number): Buffer {
  const bytes = [1 << 3]
  let rest = id
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}

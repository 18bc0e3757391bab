/** What a store meets that runs for months: load, expiry, a full disk, histories that never end. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '#base/system-clock.ts'
import { ChangeFeed } from '#storage/change-feed.ts'
import { revisionOf, StorageFullError } from '#storage/storage.ts'
import { Committer } from './committer.ts'
import { Compaction } from './compaction.ts'
import { Database } from './database.ts'
import { LogTable } from './log-table.ts'
import { openSqlite } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-long-life-'))
let files = 0
const newPath = (): string => join(folder, `${files++}`, 'state.db')
after(() => rmSync(folder, { recursive: true }))

const value = (text: string) => ({ bytes: Buffer.from(text) })
const lease = value(JSON.stringify({ kind: 'Lease', spec: { renewTime: 'x'.repeat(300) } }))

/** The leases of a hundred nodes, with history forgotten all the while. */
test('updates without end leave the file and its log small', { timeout: 120_000 }, async () => {
  const path = newPath()
  {
    await using storage = await openSqlite({ path, clock: systemClock })
    const key = (node: number): string => `/registry/leases/kube-node-lease/${node}`
    const nodes = Array.from({ length: 100 }, (_, node) => node)
    await Promise.all(nodes.map((node) => storage.create(key(node), lease)))
    let revisions = nodes.map((node) => BigInt(node + 2))
    const update = async (revision: bigint, node: number): Promise<bigint> => {
      const outcome = await storage.update(key(node), lease, revisionOf(revision))
      assert.ok(outcome.ok)
      return outcome.revision
    }
    let target = await storage.revision()
    for (let round = 0; round < 50; round++) {
      revisions = await Promise.all(revisions.map(update))
      const newest = await storage.revision()
      await storage.compact(target)
      target = newest
      assert.ok(statSync(`${path}-wal`).size < 12 * 1024 * 1024, 'the write-ahead log grows')
    }
  }
  // Five thousand writes of 600 bytes were made; a hundred of them are left.
  assert.ok(statSync(path).size < 1_000_000, `${statSync(path).size} bytes are left`)
})

test('compaction keeps pace with writers who never pause', { timeout: 120_000 }, async () => {
  await using storage = await openSqlite({ path: newPath(), clock: systemClock })
  for (let i = 0; i < 2_000; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, at) => storage.create(`/${i + at}`, lease)))
  }
  for (let i = 0; i < 2_000; i += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        storage.update(`/${i + at}`, lease, revisionOf(i + at + 2)),
      ),
    )
  }
  let isCompacted = false
  const compacted = storage.compact(revisionOf(4_001)).then(() => (isCompacted = true))
  let writes = 0
  for (let revision = revisionOf(2_002); !isCompacted; writes++) {
    const outcome = await storage.update('/0', lease, revision)
    assert.ok(outcome.ok)
    revision = outcome.revision
    assert.ok(writes < 500, 'compaction starves')
  }
  await compacted
})

/** The parts of a store, in a file that may not grow. */
function limitedStore(path: string, pagesMax: number) {
  const database = Database.open(path)
  const log = new LogTable(database)
  const compaction = new Compaction(database, log)
  const feed = new ChangeFeed(revisionOf(1))
  const committer = new Committer({
    database,
    log,
    newest: 1,
    committed: (batch) => feed.publish(batch),
    background: () => compaction.step(),
  })
  database.pragma(`max_page_count=${pagesMax}`)
  return { database, log, compaction, committer }
}

test(
  'a full disk refuses what does not fit, keeps what was acknowledged, and goes on',
  { timeout: 60_000 },
  async () => {
    const path = newPath()
    const store = limitedStore(path, 60)
    const kept: string[] = []
    const create = (key: string) =>
      store.committer.write({
        type: 'create',
        key,
        value: value('x'.repeat(3_000)),
        expiresMs: null,
      })
    let failure: unknown
    for (let i = 0; failure === undefined && i < 200; i++) {
      await create(`/${i}`).then(
        () => kept.push(`/${i}`),
        (error: unknown) => (failure = error),
      )
    }
    assert.ok(failure instanceof StorageFullError, String(failure))
    assert.match(failure.message, /no space left for .*state\.db/)
    assert.ok(kept.length > 10)
    // Compaction cannot go on either, and does not break the store.
    void store.compaction.start(kept.length)
    store.committer.wake()
    await assert.rejects(create('/too-much'), StorageFullError)
    store.database.pragma('max_page_count=10000')
    await create('/room-again')
    await store.committer.close()
    store.database.close()
    await using again = await openSqlite({ path, clock: systemClock })
    for (const key of [...kept, '/room-again']) assert.ok((await again.get(key)) !== undefined, key)
  },
)

test('a file that cannot be written says so, and stays readable', async () => {
  const path = newPath()
  const store = limitedStore(path, 1_000)
  const write = (key: string) =>
    store.committer.write({ type: 'create', key, value: value('x'), expiresMs: null })
  await write('/a')
  store.database.pragma('query_only=1')
  await assert.rejects(write('/b'), { message: /state\.db cannot be written: / })
  assert.notEqual(store.log.entry('/a', 9), undefined)
  store.database.pragma('query_only=0')
  await write('/b')
  await store.committer.close()
  store.database.close()
})

test('a backlog is bounded by its bytes, too', async () => {
  const feed = new ChangeFeed(revisionOf(0))
  const history = {
    compacted: () => revisionOf(0),
    changesAfter: () => ({ batch: [], upTo: revisionOf(0) }),
  }
  const signal = new AbortController().signal
  const slow = feed
    .watch({ prefix: '/', from: revisionOf(0), signal, history })
    [Symbol.asyncIterator]()
  const large = { bytes: Buffer.alloc(1024 * 1024) }
  for (let i = 1; i <= 70; i++) {
    const entry = { key: '/a', value: large, revision: revisionOf(i) }
    feed.publish([{ type: 'put', entry, created: false }])
  }
  await assert.rejects(slow.next(), { name: 'SlowWatcherError' })
})

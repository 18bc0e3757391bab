import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '#base/system-clock.ts'
import { testStorage } from '#storage/conformance.ts'
import { revisionOf, type Storage } from '#storage/storage.ts'
import { openSqlite } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-sqlite-'))
let files = 0
const newPath = (): string => join(folder, `${files++}`, 'state.db')
after(() => rmSync(folder, { recursive: true }))

testStorage('sqlite', async (clock) => openSqlite({ path: newPath(), clock }))

const bytes = (text: string): { bytes: Uint8Array } => ({ bytes: Buffer.from(text) })

test('what was written is there after a restart, and the log goes on', async () => {
  const path = newPath()
  {
    await using storage = await openSqlite({ path, clock: systemClock })
    await storage.create('/a', bytes('1'))
    await storage.update('/a', bytes('2'), revisionOf(2))
    await storage.create('/b', bytes('3'))
    await storage.delete('/b', revisionOf(4))
  }
  await using storage = await openSqlite({ path, clock: systemClock })
  assert.equal(await storage.revision(), 5n)
  assert.equal(Buffer.from((await storage.get('/a'))?.value.bytes ?? []).toString(), '2')
  assert.equal(await storage.get('/b'), undefined)
  const past = await storage.range({ prefix: '/', limit: 0, atRevision: revisionOf(4) })
  assert.deepEqual(
    past.entries.map(({ key }) => key),
    ['/a', '/b'],
  )
  assert.deepEqual(await storage.create('/c', bytes('4')), { ok: true, revision: 6n })
})

test('a compacted removal does not take the revision back over a restart', async () => {
  const path = newPath()
  {
    await using storage = await openSqlite({ path, clock: systemClock })
    await storage.create('/a', bytes('1'))
    await storage.delete('/a', revisionOf(2))
    await storage.compact(revisionOf(3))
  }
  await using storage = await openSqlite({ path, clock: systemClock })
  assert.equal(await storage.revision(), 3n)
})

test('keys that expired while the store was closed are removed when it opens', async () => {
  const path = newPath()
  const past = { ...systemClock, nowMs: () => systemClock.nowMs() - 3_600_000 }
  {
    await using storage = await openSqlite({ path, clock: past })
    await storage.create('/event', bytes('1'), { ttlSeconds: 60 })
  }
  const soon = {
    ...systemClock,
    after: (_ms: number, fn: () => void) => systemClock.after(0, fn),
  }
  await using storage = await openSqlite({ path, clock: soon })
  const watch = storage.watch('/', revisionOf(2), AbortSignal.timeout(5_000))
  for await (const [change] of watch) {
    assert.deepEqual(change, { type: 'delete', key: '/event', revision: 3n })
    break
  }
})

test('only the owner can read the files', async () => {
  const path = newPath()
  await using storage = await openSqlite({ path, clock: systemClock })
  await storage.create('/secret', bytes('1'))
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('a file that is in use is refused', async () => {
  const path = newPath()
  await using _ = await openSqlite({ path, clock: systemClock })
  await assert.rejects(openSqlite({ path, clock: systemClock }), /is in use by another process/)
})

test('the write-ahead log stays short', async () => {
  const path = newPath()
  await using storage = await openSqlite({ path, clock: systemClock })
  for (let done = 0; done < 4000; done += 100) {
    await createMany(storage, done, 100)
    assert.ok(statSync(`${path}-wal`).size < 16 * 1024 * 1024)
  }
})

test('compaction gives pages back to the file system', async () => {
  const path = newPath()
  {
    await using storage = await openSqlite({ path, clock: systemClock })
    await createMany(storage, 0, 2000)
    assert.ok((await storage.sizeBytes()) > 2000 * 3000)
    const deleted = Array.from({ length: 2000 }, (_, i) =>
      storage.delete(`/${i}`, revisionOf(i + 2)),
    )
    await Promise.all(deleted)
    await storage.compact(revisionOf(4001))
  }
  assert.ok(statSync(path).size < 4_000_000)
})

async function createMany(storage: Storage, from: number, count: number): Promise<void> {
  const value = bytes('x'.repeat(3000))
  await Promise.all(Array.from({ length: count }, (_, i) => storage.create(`/${from + i}`, value)))
}

/** What every backend must do. A backend's test file is one line: `testStorage('memory', …)`. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Clock } from '#base/clock.ts'
import {
  CompactedError,
  FutureRevisionError,
  SlowWatcherError,
  StorageClosedError,
  revisionOf,
  type Change,
  type Revision,
  type Storage,
  type Value,
  type WriteOutcome,
} from './storage.ts'
import { limits } from './limits.ts'
import { scans } from './scan-conformance.ts'
import { steppedClock, type SteppedClock } from './stepped-clock.ts'

type Section =
  | 'reads and writes'
  | 'ranges'
  | 'scans'
  | 'watches'
  | 'compaction'
  /** By a clock that the test advances; a backend with a clock of its own tests it beside itself. */
  | 'expiry'
  | 'closing'

export interface ConformanceOptions {
  /** A backend where all of it takes long may spread the sections over several files. */
  readonly sections?: readonly Section[]
  /** How many times longer it may take than a backend in this process. */
  readonly slowness?: number
}

export function testStorage(
  name: string,
  open: (clock: Clock) => Promise<Storage>,
  { sections: asked = allSections, slowness = 1 }: ConformanceOptions = {},
): void {
  suite(`${name} storage`, { timeout: 60_000 * slowness }, () => {
    const contract = (title: string, check: (storage: Storage, clock: SteppedClock) => unknown) =>
      test(title, { timeout: 30_000 * slowness }, async () => {
        const clock = steppedClock()
        await using storage = await open(clock)
        await check(storage, clock)
      })
    for (const section of asked) sections[section](contract)
  })
}

export type Contract = (
  title: string,
  check: (storage: Storage, clock: SteppedClock) => unknown,
) => Promise<void>

const sections: Readonly<Record<Section, (contract: Contract) => void>> = {
  'reads and writes': readsAndWrites,
  ranges,
  scans,
  watches,
  compaction,
  expiry,
  closing,
}

const allSections = Object.keys(sections) as Section[]

function readsAndWrites(contract: Contract): void {
  void contract('an empty store is at revision 1', async (storage) => {
    assert.equal(await storage.revision(), 1n)
    assert.equal(await storage.get('/a'), undefined)
    assert.equal(await storage.count('/'), 0)
  })

  void contract('each write raises the revision by one', async (storage) => {
    assert.equal(written(await storage.create('/a', value('1'))), 2n)
    assert.equal(written(await storage.update('/a', value('2'), revisionOf(2))), 3n)
    assert.equal(written(await storage.create('/b', value('3'))), 4n)
    assert.equal(written(await storage.delete('/a', revisionOf(3))), 5n)
    assert.equal(await storage.revision(), 5n)
    assert.equal(await storage.get('/a'), undefined)
    const b = await storage.get('/b')
    assert.deepEqual([b?.key, b?.revision, text(b?.value)], ['/b', 4n, '3'])
  })

  void contract('keeps bytes as they are', async (storage) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    await storage.create('/bytes', { bytes })
    await storage.create('/empty', { bytes: new Uint8Array() })
    assert.deepEqual(new Uint8Array((await storage.get('/bytes'))?.value.bytes ?? []), bytes)
    assert.equal((await storage.get('/empty'))?.value.bytes.length, 0)
  })

  void contract('a lost race changes nothing and tells what is there', async (storage) => {
    await storage.create('/a', value('1'))
    const races = [
      await storage.create('/a', value('x')),
      await storage.update('/a', value('x'), revisionOf(1)),
      await storage.delete('/a', revisionOf(9)),
    ]
    for (const outcome of races) {
      assert.ok(!outcome.ok)
      assert.equal(outcome.current?.revision, 2n)
      assert.equal(text(outcome.current?.value), '1')
    }
    const absent = [
      await storage.update('/b', value('x'), revisionOf(2)),
      await storage.delete('/b', revisionOf(2)),
    ]
    for (const outcome of absent) assert.deepEqual(outcome, { ok: false, current: undefined })
    assert.equal(await storage.revision(), 2n)
  })

  void contract('of concurrent writers of a key one wins each revision', async (storage) => {
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, i) => storage.create('/a', value(`${i}`))),
    )
    assert.equal(created.filter(({ ok }) => ok).length, 1)
    const updated = await Promise.all(
      Array.from({ length: 20 }, (_, i) => storage.update('/a', value(`${i}`), revisionOf(2))),
    )
    assert.equal(updated.filter(({ ok }) => ok).length, 1)
    assert.equal(await storage.revision(), 3n)
  })

  void contract('a counter incremented by racing writers loses no step', async (storage) => {
    await storage.create('/counter', value('0'))
    const increment = async (): Promise<void> => {
      for (;;) {
        const entry = await storage.get('/counter')
        assert.ok(entry !== undefined)
        const next = value(`${Number(text(entry.value)) + 1}`)
        if ((await storage.update('/counter', next, entry.revision)).ok) return
      }
    }
    await Promise.all(Array.from({ length: 25 }, increment))
    assert.equal(text((await storage.get('/counter'))?.value), '25')
  })

  void contract('a key may be made again after its removal', async (storage) => {
    await storage.create('/a', value('1'))
    await storage.delete('/a', revisionOf(2))
    assert.equal(written(await storage.create('/a', value('2'))), 4n)
    assert.equal(text((await storage.get('/a'))?.value), '2')
  })

  void contract('a key knows when it was made', async (storage) => {
    await storage.create('/a', value('1'))
    await storage.update('/a', value('2'), revisionOf(2))
    assert.equal((await storage.get('/a'))?.createRevision, 2n)
    await storage.delete('/a', revisionOf(3))
    await storage.create('/a', value('3'))
    const { entries } = await storage.range({ prefix: '/', limit: 0 })
    assert.deepEqual(
      entries.map(({ revision, createRevision }) => [revision, createRevision]),
      [[5n, 5n]],
    )
  })

  void contract('its size grows with what is written', async (storage) => {
    const before = await storage.sizeBytes()
    for (let i = 0; i < 50; i++) await storage.create(`/${i}`, value('x'.repeat(10_000)))
    assert.ok((await storage.sizeBytes()) >= before + 400_000)
  })
}

function ranges(contract: Contract): void {
  void contract('a range holds the keys with a prefix, in byte order', async (storage) => {
    for (const key of ['/b/2', '/a', '/b/10', '/b', '/b/1', '/c', '/b0', '/b/\uffff', '/b/😀']) {
      await storage.create(key, value(key))
    }
    const range = await storage.range({ prefix: '/b/', limit: 0 })
    assert.deepEqual(keys(range.entries), ['/b/1', '/b/10', '/b/2', '/b/\uffff', '/b/😀'])
    assert.deepEqual([range.more, range.revision], [false, 10n])
    assert.equal(await storage.count('/b/'), 5)
  })

  void contract('pages at one revision miss nothing that changes meanwhile', async (storage) => {
    for (let i = 0; i < 10; i++) await storage.create(`/p/${i}`, value(`${i}`))
    const first = await storage.range({ prefix: '/p/', limit: 4 })
    assert.deepEqual([keys(first.entries), first.more], [['/p/0', '/p/1', '/p/2', '/p/3'], true])
    await storage.delete('/p/5', revisionOf(7))
    await storage.update('/p/6', value('new'), revisionOf(8))
    await storage.create('/p/55', value('late'))
    const atRevision = first.revision
    const second = await storage.range({ prefix: '/p/', limit: 4, after: '/p/3', atRevision })
    assert.deepEqual(keys(second.entries), ['/p/4', '/p/5', '/p/6', '/p/7'])
    assert.equal(text(second.entries[2]?.value), '6')
    assert.deepEqual([second.more, second.revision], [true, atRevision])
    const third = await storage.range({ prefix: '/p/', limit: 4, after: '/p/7', atRevision })
    assert.deepEqual([keys(third.entries), third.more], [['/p/8', '/p/9'], false])
  })

  void contract('a limit that is met exactly leaves nothing more', async (storage) => {
    for (let i = 0; i < 3; i++) await storage.create(`/${i}`, value(''))
    assert.equal((await storage.range({ prefix: '/', limit: 3 })).more, false)
    assert.equal((await storage.range({ prefix: '/', limit: 2 })).more, true)
  })

  void contract('counts what lies behind the limit when asked', async (storage) => {
    for (let i = 0; i < 5; i++) await storage.create(`/${i}`, value(''))
    const asked = { prefix: '/', limit: 2, countRemaining: true }
    assert.equal((await storage.range(asked)).remaining, 3)
    await storage.delete('/4', revisionOf(6))
    assert.equal((await storage.range(asked)).remaining, 2)
    const past = await storage.range({ ...asked, after: '/1', atRevision: revisionOf(6) })
    assert.deepEqual([keys(past.entries), past.remaining], [['/2', '/3'], 1])
    assert.equal((await storage.range({ ...asked, limit: 0 })).remaining, 0)
  })

  void contract('the future is refused', async (storage) => {
    await storage.create('/a', value('1'))
    const future = storage.range({ prefix: '/', limit: 0, atRevision: revisionOf(3) })
    await assert.rejects(
      future,
      (error) => error instanceof FutureRevisionError && error.current === 2n,
    )
    await assert.rejects(take(storage, '/', 3n, 1), FutureRevisionError)
  })
}

function watches(contract: Contract): void {
  void contract('a watch tells what happened after its revision, in order', async (storage) => {
    await storage.create('/w/a', value('1'))
    await storage.update('/w/a', value('2'), revisionOf(2))
    await storage.create('/x', value('other'))
    await storage.delete('/w/a', revisionOf(3))
    await storage.create('/w/a', value('3'))
    const all = ['+/w/a@2=1', '~/w/a@3=2', '-/w/a@5', '+/w/a@6=3']
    assert.deepEqual((await take(storage, '/w/', 1n, 4)).map(show), all)
    assert.deepEqual((await take(storage, '/w/', 3n, 2)).map(show), all.slice(2))
  })

  void contract('a watch from now tells only what comes', async (storage) => {
    await storage.create('/a', value('1'))
    const next = take(storage, '/', 2n, 2)
    await storage.create('/b', value('2'))
    await storage.delete('/a', revisionOf(2))
    assert.deepEqual((await next).map(show), ['+/b@3=2', '-/a@4'])
  })

  void contract('what the writer attached reaches the watchers', async (storage) => {
    const attachment = { parsed: true }
    const next = take(storage, '/', 1n, 1)
    await storage.create('/a', { ...value('1'), attachment })
    const [change] = await next
    assert.ok(change?.type === 'put')
    assert.equal(change.entry.value.attachment, attachment)
  })

  void contract('watchers skip nothing and repeat nothing under writers', async (storage) => {
    const writers = 8
    const writes = 60
    const total = writers * writes
    const starts = [1n, 1n, 1n]
    const early = starts.map((from) => take(storage, '/k/', from, total))
    const late: Promise<Change[]>[] = []
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; i < writes; i++) {
        written(await storage.create(`/k/${writer}/${i}`, value(`${i}`)))
        if (i % 20 === 0) {
          const from = await storage.revision()
          late.push(take(storage, '/k/', from, Number(BigInt(total + 1) - from)))
        }
      }
    }
    await Promise.all(Array.from({ length: writers }, (_, i) => write(i)))
    for (const changes of await Promise.all([...early, ...late])) {
      const revisions = changes.map(revisionOfChange)
      const first = revisions[0] ?? revisionOf(2)
      assert.deepEqual(
        revisions,
        revisions.map((_, i) => first + BigInt(i)),
      )
      assert.equal(revisions.at(-1) ?? 481n, BigInt(total + 1))
    }
  })

  void contract('a watcher that does not read is ended, not buffered for', async (storage) => {
    const controller = new AbortController()
    const lazy = storage.watch('/', revisionOf(1), controller.signal)[Symbol.asyncIterator]()
    await storage.create('/first', value(''))
    await lazy.next()
    const count = limits.watchBacklogMax + limits.commitWritesMax + 1
    for (let done = 0; done < count; done += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_, i) => storage.create(`/${done + i}`, value(''))),
      )
    }
    await assert.rejects(lazy.next(), SlowWatcherError)
  })

  void contract('a watch of far more than fits in memory reads the log', async (storage) => {
    const count = limits.watchBacklogMax + 1500
    for (let done = 0; done < count; done += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_, i) => storage.create(`/${done + i}`, value(''))),
      )
    }
    const changes = await take(storage, '/', 1n, count)
    assert.deepEqual(
      changes.map(revisionOfChange),
      changes.map((_, i) => BigInt(i + 2)),
    )
  })

  void contract('a watch ends when its signal aborts', async (storage) => {
    const controller = new AbortController()
    const iterator = storage.watch('/', revisionOf(1), controller.signal)[Symbol.asyncIterator]()
    const next = iterator.next()
    controller.abort()
    assert.equal((await next).done, true)
  })
}

function compaction(contract: Contract): void {
  void contract('compaction forgets the past and keeps the present', async (storage) => {
    await storage.create('/a', value('1'))
    await storage.update('/a', value('2'), revisionOf(2))
    await storage.create('/b', value('3'))
    await storage.delete('/b', revisionOf(4))
    await storage.create('/c', value('4'))
    await storage.compact(revisionOf(5))
    for (const past of [1n, 2n, 4n]) {
      const range = storage.range({ prefix: '/', limit: 0, atRevision: revisionOf(past) })
      await assert.rejects(range, (e) => e instanceof CompactedError && e.compacted === 5n)
      await assert.rejects(take(storage, '/', past, 1), CompactedError)
    }
    const atMark = await storage.range({ prefix: '/', limit: 0, atRevision: revisionOf(5) })
    assert.deepEqual(keys(atMark.entries), ['/a'])
    assert.equal(text(atMark.entries[0]?.value), '2')
    const now = await storage.range({ prefix: '/', limit: 0 })
    assert.deepEqual(keys(now.entries), ['/a', '/c'])
    assert.deepEqual((await take(storage, '/', 5n, 1)).map(show), ['+/c@6=4'])
  })

  void contract('compaction never takes the revision back', async (storage) => {
    await storage.create('/a', value('1'))
    await storage.delete('/a', revisionOf(2))
    await storage.compact(revisionOf(3))
    assert.equal(await storage.revision(), 3n)
    assert.equal(await storage.count('/'), 0)
    assert.equal(written(await storage.create('/a', value('2'))), 4n)
  })

  void contract('compaction of the future is refused, of the past is nothing', async (storage) => {
    await storage.create('/a', value('1'))
    await assert.rejects(storage.compact(revisionOf(3)), FutureRevisionError)
    await storage.compact(revisionOf(2))
    await storage.compact(revisionOf(1))
    await assert.rejects(take(storage, '/', 1n, 1), CompactedError)
  })

  void contract('writes go on during compaction', async (storage) => {
    await storage.create('/hot', value('0'))
    let revision = revisionOf(2)
    for (let i = 1; i < 2000; i++) {
      revision = written(await storage.update('/hot', value(`${i}`), revision))
    }
    const compacted = storage.compact(revision)
    revision = written(await storage.update('/hot', value('during'), revision))
    await compacted
    assert.equal(text((await storage.get('/hot'))?.value), 'during')
    assert.equal(await storage.count('/'), 1)
  })
}

function expiry(contract: Contract): void {
  void contract('a key with a time to live is removed after it', async (storage, clock) => {
    await storage.create('/event', value('1'), { ttlSeconds: 60 })
    await storage.create('/stays', value('2'))
    const next = take(storage, '/', 3n, 1)
    clock.advance(59_000)
    assert.ok((await storage.get('/event')) !== undefined)
    clock.advance(2_000)
    assert.deepEqual((await next).map(show), ['-/event@4'])
    assert.equal(await storage.get('/event'), undefined)
    assert.equal(await storage.count('/'), 1)
  })

  void contract('thousands that expire together are removed at once', async (storage, clock) => {
    const count = 10 * limits.expiriesPerStep
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        storage.create(`/event/${i}`, value('1'), { ttlSeconds: 60 }),
      ),
    )
    const all = take(storage, '/', BigInt(count + 1), count)
    clock.advance(61_000)
    assert.equal((await all).length, count)
    assert.equal(await storage.count('/'), 0)
  })

  void contract('a later write replaces the time to live', async (storage, clock) => {
    await storage.create('/renewed', value('1'), { ttlSeconds: 60 })
    await storage.create('/kept', value('1'), { ttlSeconds: 60 })
    await storage.update('/renewed', value('2'), revisionOf(2), { ttlSeconds: 120 })
    await storage.update('/kept', value('2'), revisionOf(3))
    const next = take(storage, '/', 5n, 1)
    clock.advance(61_000)
    assert.equal(await storage.count('/'), 2)
    assert.deepEqual((await advanceUntil(clock, next)).map(show), ['-/renewed@6'])
    assert.ok(clock.nowMs() >= Date.UTC(2030, 0, 1, 0, 2))
    clock.advance(3_600_000)
    assert.equal(text((await storage.get('/kept'))?.value), '2')
  })
}

function closing(contract: Contract): void {
  void contract('a closed store refuses and its watches end', async (storage) => {
    const next = take(storage, '/', 1n, 1)
    await storage[Symbol.asyncDispose]()
    assert.deepEqual(await next, [])
    await assert.rejects(async () => storage.get('/a'), StorageClosedError)
    await assert.rejects(async () => storage.create('/a', value('1')), StorageClosedError)
    await storage[Symbol.asyncDispose]()
  })
}

export function value(content: string): Value {
  return { bytes: new TextEncoder().encode(content) }
}

export function text(kept: Value | undefined): string | undefined {
  return kept === undefined ? undefined : new TextDecoder().decode(kept.bytes)
}

function keys(entries: readonly { key: string }[]): string[] {
  return entries.map(({ key }) => key)
}

export function written(outcome: WriteOutcome): Revision {
  assert.ok(outcome.ok, 'the write lost a race')
  return outcome.revision
}

/** The next `count` changes, or fewer when the watch ends. */
async function take(
  storage: Storage,
  prefix: string,
  from: bigint,
  count: number,
): Promise<Change[]> {
  const controller = new AbortController()
  const changes: Change[] = []
  if (count === 0) return changes
  for await (const batch of storage.watch(prefix, revisionOf(from), controller.signal)) {
    changes.push(...batch.filter(({ type }) => type !== 'progress'))
    if (changes.length >= count) break
  }
  assert.ok(changes.length <= count, 'more changes than writes')
  return changes
}

/** Lets time pass by the second until the promise is settled. */
async function advanceUntil<T>(clock: SteppedClock, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const settled = promise.finally(() => (isSettled = true))
  while (!isSettled) {
    clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return settled
}

function revisionOfChange(change: Change): Revision {
  return change.type === 'put' ? change.entry.revision : change.revision
}

/** `+key@revision=value` for a creation, `~` for an update, `-key@revision` for a removal. */
function show(change: Change): string {
  if (change.type === 'progress') return `@${change.revision}`
  if (change.type === 'delete') return `-${change.key}@${change.revision}`
  const { key, revision, value: kept } = change.entry
  return `${change.created ? '+' : '~'}${key}@${revision}=${text(kept)}`
}

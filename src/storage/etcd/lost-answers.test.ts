/** What becomes of a write whose answer is lost: it is found out or said to be unknown, never repeated. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { systemClock } from '#base/system-clock.ts'
import { OutcomeUnknownError, revisionOf, type Revision, type Storage } from '#storage/storage.ts'
import { etcdIsMissing, startTestEtcd, type TestEtcd } from '#testing/etcd.ts'
import { CallError, unsent } from './call-error.ts'
import { connectHttp2 } from './channel.ts'
import type { Connect } from './transport.ts'

/** What happens to the next transaction: `answer` lets it be done, `request` does not, `unsent` says so. */
type Loss = 'answer' | 'request' | 'unsent'

interface Lossy {
  next: Loss | undefined
  /** Transactions that reached etcd or may have. */
  sent: number
  /** Runs before the client hears of the loss. */
  meanwhile: () => Promise<unknown>
}

function lossyConnect(etcd: TestEtcd, lossy: Lossy): Connect {
  const connect = connectHttp2({ clock: systemClock, tls: etcd.tls })
  return async (endpoint) => {
    const channel = await connect(endpoint)
    const unary = channel.unary.bind(channel)
    return Object.assign(channel, {
      async unary(call: Parameters<typeof unary>[0]) {
        if (!call.path.endsWith('/Txn')) return unary(call)
        const loss = lossy.next
        lossy.next = undefined
        if (loss === 'unsent') throw unsent('the connection is closed')
        lossy.sent++
        if (loss === undefined) return unary(call)
        if (loss === 'answer') await unary(call)
        await lossy.meanwhile()
        throw new CallError('Unavailable', 'the connection was lost', true)
      },
    })
  }
}

suite('lost answers', { skip: etcdIsMissing, timeout: 60_000 }, () => {
  let etcd: TestEtcd
  let other: Storage
  let storage: Storage
  const lossy: Lossy = { next: undefined, sent: 0, meanwhile: async () => {} }
  before(async () => {
    etcd = await startTestEtcd()
    other = await etcd.open()
    storage = await etcd.open({ connect: lossyConnect(etcd, lossy) })
  })
  after(async () => {
    await storage[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  const value = (text: string) => ({ bytes: Buffer.from(text) })
  let count = 0

  /** A key that exists, and the loss of the next answer. */
  async function prepare(
    loss: Loss,
    meanwhile: (key: string, revision: Revision) => Promise<unknown> = async () => {},
  ): Promise<{ key: string; revision: Revision }> {
    const key = `/registry/lost/${count++}`
    const created = await other.create(key, value('first'))
    assert.ok(created.ok)
    const { revision } = created
    Object.assign(lossy, { next: loss, sent: 0, meanwhile: () => meanwhile(key, revision) })
    return { key, revision }
  }

  async function now(key: string): Promise<string | undefined> {
    const entry = await other.get(key)
    return entry && Buffer.from(entry.value.bytes).toString()
  }

  test('a creation that was done is found', async () => {
    Object.assign(lossy, { next: 'answer', sent: 0, meanwhile: async () => {} })
    const outcome = await storage.create('/registry/lost/new', value('mine'))
    const entry = await other.get('/registry/lost/new')
    assert.deepEqual(outcome, { ok: true, revision: entry?.revision })
    assert.equal(lossy.sent, 1)
  })

  test('an update that was done is found', async () => {
    const { key, revision } = await prepare('answer')
    const outcome = await storage.update(key, value('mine'), revision)
    assert.deepEqual(outcome, { ok: true, revision: revisionOf(revision + 1n) })
    assert.deepEqual([await now(key), lossy.sent], ['mine', 1])
  })

  test('an update that was done is found below later ones', async () => {
    const { key, revision } = await prepare('answer', async (written, first) => {
      await other.update(written, value('theirs'), revisionOf(first + 1n))
      await other.update(written, value('theirs, too'), revisionOf(first + 2n))
    })
    const outcome = await storage.update(key, value('mine'), revision)
    assert.deepEqual(outcome, { ok: true, revision: revisionOf(revision + 1n) })
    assert.deepEqual([await now(key), lossy.sent], ['theirs, too', 1])
  })

  test('an update that lost to another is a lost race', async () => {
    const { key, revision } = await prepare('request', (written, first) =>
      other.update(written, value('theirs'), first),
    )
    const outcome = await storage.update(key, value('mine'), revision)
    assert.ok(!outcome.ok)
    assert.equal(outcome.current?.revision, revision + 1n)
    assert.equal(lossy.sent, 1)
  })

  test('an update that may still come is unknown', async () => {
    const { key, revision } = await prepare('request')
    await assert.rejects(storage.update(key, value('mine'), revision), OutcomeUnknownError)
    assert.deepEqual([await now(key), lossy.sent], ['first', 1])
  })

  test('a creation that another made first, perhaps after ours was removed, is unknown', async () => {
    const key = '/registry/lost/contested'
    const meanwhile = () => other.create(key, value('theirs'))
    Object.assign(lossy, { next: 'request', sent: 0, meanwhile })
    await assert.rejects(storage.create(key, value('mine')), OutcomeUnknownError)
    assert.equal(lossy.sent, 1)
  })

  test('of a removal nobody can tell whose it was', async () => {
    const { key, revision } = await prepare('answer')
    await assert.rejects(storage.delete(key, revision), OutcomeUnknownError)
    assert.deepEqual([await now(key), lossy.sent], [undefined, 1])
  })

  test('a removal that lost to an update is a lost race', async () => {
    const { key, revision } = await prepare('request', (written, first) =>
      other.update(written, value('theirs'), first),
    )
    assert.equal((await storage.delete(key, revision)).ok, false)
    assert.deepEqual([await now(key), lossy.sent], ['theirs', 1])
  })

  test('what was certainly not sent is sent again', async () => {
    const { key, revision } = await prepare('unsent')
    const outcome = await storage.update(key, value('mine'), revision)
    assert.deepEqual(outcome, { ok: true, revision: revisionOf(revision + 1n) })
    assert.equal(lossy.sent, 1)
  })
})

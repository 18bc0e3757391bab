/**
 * Clients race for a few keys while members of a real cluster are killed, stopped and all restarted:
 * what the clients saw must have an order, and the watches must have told all of it, once.
 */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  OutcomeUnknownError,
  revisionOf,
  type Change,
  type Revision,
  type Storage,
  type WriteOutcome,
} from '#storage/storage.ts'
import { etcdIsMissing, startTestEtcd, type TestEtcd } from '#testing/etcd.ts'
import { linearizabilityProblem, type Operation } from '#testing/linearizability.ts'

const keys = Array.from({ length: 6 }, (_, i) => `/registry/faults/${i}`)
const clientsPerServer = 3

suite('etcd faults', { skip: etcdIsMissing, timeout: 120_000 }, () => {
  test('members die, hang and restart: nothing is lost, skipped or told twice', async (context) => {
    await using etcd = await startTestEtcd({ members: 3 })
    await using one = await etcd.open()
    await using two = await etcd.open()
    const start = await one.revision()
    const watches = [one, two].map((storage) => follow(storage, start))
    const clients = new Clients()
    const running = [one, two].flatMap((storage) =>
      Array.from({ length: clientsPerServer }, (_, i) => clients.run(storage, i)),
    )
    await nemesis(etcd)
    clients.stop()
    await Promise.all(running)
    const end = await settle(one)
    const told = await Promise.all(watches.map((watch) => watch.upTo(end)))
    context.diagnostic(`${clients.summary()}; ${told[0]?.length} changes`)

    for (const key of keys) {
      assert.equal(linearizabilityProblem(clients.history.get(key) ?? []), undefined)
    }
    // A watch from the beginning, opened when all is quiet, is the log itself.
    const log = await follow(two, start).upTo(end)
    for (const changes of told) assert.deepEqual(changes, log)
    const revisions = new Set(log.map((line) => line.split('@')[1]))
    for (const revision of clients.acknowledged) assert.ok(revisions.has(String(revision)))
    assert.ok(clients.acknowledged.length > 100, 'the clients did too little to prove anything')
  })
})

/** About twenty seconds of what can happen to three members. */
async function nemesis({ members }: TestEtcd): Promise<void> {
  const [a, b, c] = members
  assert.ok(a !== undefined && b !== undefined && c !== undefined)
  await sleep(1_500)
  a.signal('SIGKILL')
  await a.gone()
  await sleep(2_000)
  await a.start()
  await sleep(2_000)
  b.signal('SIGSTOP')
  await sleep(3_000)
  b.signal('SIGCONT')
  await sleep(1_000)
  for (const member of members) member.signal('SIGKILL')
  await Promise.all(members.map((member) => member.gone()))
  await Promise.all(members.map((member) => member.start()))
  await sleep(3_000)
  c.signal('SIGTERM') // in good order, too
  await c.gone()
  await c.start()
  await sleep(2_000)
}

class Clients {
  readonly history = new Map<string, Operation[]>()
  readonly acknowledged: Revision[] = []
  #isStopped = false
  #values = 0
  #unknown = 0
  #failed = 0

  stop(): void {
    this.#isStopped = true
  }

  summary(): string {
    const count = [...this.history.values()].reduce((sum, { length }) => sum + length, 0)
    const acknowledged = this.acknowledged.length
    return `${count} operations, ${acknowledged} writes acknowledged, ${this.#unknown} unknown, ${this.#failed} refused`
  }

  async run(storage: Storage, seed: number): Promise<void> {
    for (let i = seed; !this.#isStopped; i++) {
      const key = keys[i % keys.length] ?? ''
      const known = await this.#read(storage, key)
      if (known === undefined || i % 3 === 0) continue
      await this.#swap(storage, { key, known, isRemoval: i % 11 === 0 })
    }
  }

  /** Undefined: it could not be read. */
  async #read(storage: Storage, key: string): Promise<Known | undefined> {
    const calledAt = performance.now()
    try {
      const entry = await storage.get(key)
      const text = entry && Buffer.from(entry.value.bytes).toString()
      this.#record(key, calledAt, { type: 'read', seen: text })
      return { revision: entry?.revision, text }
    } catch {
      return undefined
    }
  }

  async #swap(storage: Storage, { key, known, isRemoval }: Swap): Promise<void> {
    const { revision, text: from } = known
    const to = isRemoval && revision !== undefined ? undefined : `value-${this.#values++}`
    const calledAt = performance.now()
    const record = (outcome: 'done' | 'unknown' | { found: string | undefined }): void => {
      const isKnown = outcome !== 'unknown'
      this.#record(key, calledAt, { type: 'swap', from, to, outcome }, isKnown)
    }
    try {
      const outcome = await write(storage, { key, revision, to })
      if (outcome.ok) this.acknowledged.push(outcome.revision)
      record(outcome.ok ? 'done' : { found: textOf(outcome) })
    } catch (error) {
      // Any other error says that nothing was done, and the history relies on it.
      if (error instanceof OutcomeUnknownError) record('unknown')
      if (error instanceof OutcomeUnknownError) this.#unknown++
      else this.#failed++
    }
  }

  #record(key: string, calledAt: number, action: Operation['action'], isKnown = true): void {
    const operations = this.history.get(key) ?? []
    this.history.set(key, operations)
    operations.push({ calledAt, answeredAt: isKnown ? performance.now() : Infinity, action })
  }
}

interface Known {
  readonly revision: Revision | undefined
  readonly text: string | undefined
}

interface Swap {
  readonly key: string
  readonly known: Known
  readonly isRemoval: boolean
}

function write(
  storage: Storage,
  { key, revision, to }: { key: string; revision: Revision | undefined; to: string | undefined },
): Promise<WriteOutcome> {
  const value = { bytes: Buffer.from(to ?? '') }
  if (revision === undefined) return storage.create(key, value)
  return to === undefined ? storage.delete(key, revision) : storage.update(key, value, revision)
}

function textOf(outcome: WriteOutcome): string | undefined {
  if (outcome.ok || outcome.current === undefined) return undefined
  return Buffer.from(outcome.current.value.bytes).toString()
}

/** Every change as a line, in the order in which a watch tells it. */
function follow(storage: Storage, from: Revision) {
  const lines: string[] = []
  const controller = new AbortController()
  const waiting = new Set<() => void>()
  let reached = from
  const running = (async () => {
    for await (const batch of storage.watch('/registry/', from, controller.signal)) {
      for (const change of batch) {
        const revision = change.type === 'put' ? change.entry.revision : change.revision
        assert.ok(revision > reached, `told ${revision} after ${reached}`)
        reached = revision
        if (change.type !== 'progress') lines.push(lineOf(change, revision))
      }
      for (const wake of waiting) wake()
    }
  })()
  return {
    async upTo(revision: Revision): Promise<readonly string[]> {
      while (reached < revision) await new Promise<void>((resolve) => waiting.add(resolve))
      controller.abort()
      await running
      return lines.filter((line) => BigInt(line.split('@')[1] ?? 0) <= revision)
    },
  }
}

function lineOf(change: Exclude<Change, { type: 'progress' }>, revision: Revision): string {
  const key = change.type === 'put' ? change.entry.key : change.key
  return `${key}@${revision}@${change.type}`
}

/** A last write, which all watches see; after it nothing of before can come any more. */
async function settle(storage: Storage): Promise<Revision> {
  const outcome = await storage.create('/registry/faults/end', { bytes: Buffer.from('end') })
  assert.ok(outcome.ok)
  return revisionOf(outcome.revision)
}

/** The process that `crash.test.ts` kills: counts up keys and says what was acknowledged. */
import { writeSync } from 'node:fs'
import { systemClock } from '#base/system-clock.ts'
import { revisionOf, type Revision, type Storage, type WriteOutcome } from '#storage/storage.ts'
import { openSqlite } from './sqlite.ts'

const [path = '', round = '0', writers = '1'] = process.argv.slice(2)
const storage = await openSqlite({ path, clock: systemClock })
for (let i = 0; i < Number(writers); i++) void countUp(storage, `/count/${round}/${i}`)
void writePairs(storage)
void compactForever(storage)

async function countUp(store: Storage, key: string): Promise<void> {
  let revision = say(key, 0, await store.create(key, value(0)))
  for (let n = 1; ; n++) revision = say(key, n, await store.update(key, value(n), revision))
}

async function writePairs(store: Storage): Promise<void> {
  for (let n = 0; ; n++) {
    const names = [`/pair/left/${round}-${n}`, `/pair/right/${round}-${n}`]
    const outcomes = await Promise.all(names.map((name) => store.create(name, value(n))))
    names.forEach((name, i) => say(name, n, outcomes[i]))
  }
}

async function compactForever(store: Storage): Promise<void> {
  for (;;) {
    const revision = await store.revision()
    if (revision > 50n) await store.compact(revisionOf(revision - 50n))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function say(key: string, n: number, outcome: WriteOutcome | undefined): Revision {
  if (outcome?.ok !== true) throw new Error(`lost a race that nobody else ran: ${key}`)
  // Not process.stdout: it queues lines when the reader is slow, and a killed process loses them.
  writeSync(1, `${key} ${n} ${outcome.revision}\n`)
  return outcome.revision
}

function value(n: number): { bytes: Uint8Array } {
  return { bytes: Buffer.from(String(n).padStart(1000, ' ')) }
}

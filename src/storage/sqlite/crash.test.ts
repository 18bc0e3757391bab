/** Kills a writing process again and again, and looks at what it left. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '#base/system-clock.ts'
import { openSqlite } from './sqlite.ts'

const writer = new URL('./crash-writer.ts', import.meta.url).pathname
const rounds = 12
const writersInParallel = 16

test('what was acknowledged survives kill -9', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-crash-'))
  const path = join(folder, 'state.db')
  const acknowledged = new Map<string, string>()
  let newest = 1n
  try {
    for (let round = 0; round < rounds; round++) {
      const lines = await writeUntilKilled(path, round)
      for (const line of lines) {
        const [key = '', value = '', revision = ''] = line.split(' ')
        acknowledged.set(key, value)
        newest = BigInt(revision) > newest ? BigInt(revision) : newest
      }
      newest = await checkStore(path, acknowledged, newest)
    }
    assert.ok(acknowledged.size > rounds, 'the writers wrote too little to prove anything')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** Lines `key value revision`, each printed after the store acknowledged the write. */
async function writeUntilKilled(path: string, round: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, path, String(round), String(writersInParallel)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  const wanted = 200 + round * 40
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += String(chunk)
    if (output.split('\n').length > wanted) child.kill('SIGKILL')
  }
  // The last line may be cut off in the middle: then nobody has read that acknowledgement.
  return output.split('\n').slice(0, -1)
}

async function checkStore(
  path: string,
  acknowledged: ReadonlyMap<string, string>,
  newest: bigint,
): Promise<bigint> {
  await using storage = await openSqlite({ path, clock: systemClock })
  const { entries, revision } = await storage.range({ prefix: '/', limit: 0 })
  assert.ok(revision >= newest, `the revision went back from ${newest} to ${revision}`)
  const kept = new Map(entries.map(({ key, value }) => [key, Number(Buffer.from(value.bytes))]))
  for (const [key, value] of acknowledged) {
    // A counter may be further than what was acknowledged, by the one write under way.
    const difference = (kept.get(key) ?? -1) - Number(value)
    assert.ok(difference === 0 || difference === 1, `${key} is ${kept.get(key)}, not ${value}`)
  }
  await checkPairs(kept)
  return revision
}

/** Two keys written in the same turn are in the same transaction: both or none. */
async function checkPairs(kept: ReadonlyMap<string, number>): Promise<void> {
  for (const [key, value] of kept) {
    if (!key.startsWith('/pair/left/')) continue
    const right = key.replace('left', 'right')
    assert.equal(kept.get(right), value, `${key} and ${right} were torn apart`)
  }
}

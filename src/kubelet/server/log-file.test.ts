import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { readLog, type LogOptions } from './log-file.ts'

const everything: LogOptions = {
  follow: false,
  timestamps: false,
  tailLines: undefined,
  sinceMs: undefined,
  limitBytes: undefined,
  stream: 'All',
}

const lines = [
  '2026-01-01T00:00:01.000000001Z stdout F one',
  '2026-01-01T00:00:02.000000001Z stderr F two',
  '2026-01-01T00:00:03.000000001Z stdout P thr',
  '2026-01-01T00:00:03.000000002Z stdout F ee',
  '2026-01-01T00:00:04.000000001Z stdout F ',
]

const cases: readonly { says: string; options: Partial<LogOptions>; expect: string }[] = [
  { says: 'all, with a cut line joined', options: {}, expect: 'one\ntwo\nthree\n\n' },
  { says: 'tail', options: { tailLines: 2 }, expect: 'ee\n\n' },
  { says: 'tail of more than there is', options: { tailLines: 99 }, expect: 'one\ntwo\nthree\n\n' },
  { says: 'tail of none', options: { tailLines: 0 }, expect: '' },
  { says: 'since', options: { sinceMs: Date.UTC(2026, 0, 1, 0, 0, 2) }, expect: 'two\nthree\n\n' },
  {
    says: 'timestamps',
    options: { timestamps: true, tailLines: 1 },
    expect: '2026-01-01T00:00:04.000000001Z \n',
  },
  { says: 'a limit in bytes', options: { limitBytes: 5 }, expect: 'one\nt' },
  { says: 'only stderr', options: { stream: 'Stderr' }, expect: 'two\n' },
]

suite('a log file', { timeout: 10_000 }, () => {
  let folder = ''
  const path = (): string => join(folder, '0.log')
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'log-'))
  })
  after(() => rm(folder, { recursive: true }))

  const source = (running: () => boolean, changes = new Set<() => void>()) => ({
    path: path(),
    running,
    onChange(fn: () => void) {
      changes.add(fn)
      return { [Symbol.dispose]: () => void changes.delete(fn) }
    },
  })

  for (const { says, options, expect } of cases) {
    test(says, async () => {
      await writeFile(path(), `${lines.join('\n')}\n`)
      const chunks: Buffer[] = []
      const text = readLog(
        source(() => false),
        { ...everything, ...options },
        AbortSignal.timeout(5_000),
      )
      for await (const chunk of text) chunks.push(chunk)
      assert.equal(Buffer.concat(chunks).toString(), expect)
    })
  }

  test('following: what is added, over a rotation, until the container ends', async () => {
    await writeFile(path(), `${lines[0]}\n`)
    let running = true
    const changes = new Set<() => void>()
    const reader = readLog(
      source(() => running, changes),
      { ...everything, follow: true },
      AbortSignal.timeout(8_000),
    )
    const next = async (): Promise<string | undefined> => {
      const { value, done } = await reader.next()
      return done === true ? undefined : String(value)
    }
    assert.equal(await next(), 'one\n')
    const second = next()
    await appendFile(path(), `${lines[1]}\n`)
    assert.equal(await second, 'two\n')
    const third = next()
    await rename(path(), `${path()}.old`)
    await writeFile(path(), `${lines[3]}\n`)
    assert.equal(await third, 'ee\n')
    const end = next()
    running = false
    for (const change of changes) change()
    assert.equal(await end, undefined)
  })
})

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { LogFile, sortOut } from './log-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'k8ts-audit-'))
after(() => rm(folder, { recursive: true }))

const megabyte = Buffer.alloc(1024 * 1024, 'x')
const defaults = { backupsMax: 0, ageDaysMax: 0, compress: false, log: silentLogger }

test('a full file is put aside under the time’s name; only the owner may read either', async () => {
  const path = join(folder, 'a', 'audit.log')
  const clock = new FakeClock()
  {
    await using file = new LogFile({ ...defaults, path, sizeMegabytesMax: 1, clock })
    file.write(Buffer.from('one\n'))
    file.write(megabyte)
    file.write(Buffer.from('no more\n'))
  }
  const names = (await readdir(join(folder, 'a'))).toSorted()
  assert.deepEqual(names, [
    'audit-2030-01-01T00-00-00.000.log',
    'audit-2030-01-01T00-00-00.001.log',
    'audit.log',
  ])
  assert.equal(await readFile(path, 'utf8'), 'no more\n')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('a log that is there is gone on with', async () => {
  const path = join(folder, 'b.log')
  for (const line of ['one\n', 'two\n']) {
    await using file = new LogFile({
      ...defaults,
      path,
      sizeMegabytesMax: 1,
      clock: new FakeClock(),
    })
    file.write(Buffer.from(line))
  }
  assert.equal(await readFile(path, 'utf8'), 'one\ntwo\n')
})

test('old logs are compressed, and only so many are kept', async () => {
  const path = join(folder, 'c', 'audit.log')
  const clock = new FakeClock()
  {
    await using file = new LogFile({
      ...defaults,
      path,
      sizeMegabytesMax: 1,
      backupsMax: 2,
      compress: true,
      clock,
    })
    for (let i = 0; i < 4; i++) {
      file.write(megabyte)
      await clock.advance(1000)
    }
  }
  const names = (await readdir(join(folder, 'c'))).toSorted()
  assert.deepEqual(names, [
    'audit-2030-01-01T00-00-02.000.log.gz',
    'audit-2030-01-01T00-00-03.000.log.gz',
    'audit.log',
  ])
  const old = await readFile(join(folder, 'c', 'audit-2030-01-01T00-00-02.000.log.gz'))
  assert.equal(gunzipSync(old).length, megabyte.length)
})

test('what is larger than a file is refused', async () => {
  const path = join(folder, 'd.log')
  await using file = new LogFile({ ...defaults, path, sizeMegabytesMax: 1, clock: new FakeClock() })
  const tooLong = Buffer.alloc(megabyte.length + 1)
  assert.throws(() => file.write(tooLong), { message: /exceeds maximum file size/ })
})

test('which old logs go: too many, too old; what is no old log is left alone', () => {
  const names = [
    'audit.log',
    'audit-2030-01-03T00-00-00.000.log',
    'audit-2030-01-02T00-00-00.000.log.gz',
    'audit-2029-12-01T00-00-00.000.log',
    'audit-notes.log',
    'other-2029-12-01T00-00-00.000.log',
  ]
  const nowMs = Date.UTC(2030, 0, 4)
  const keeping = { path: '/var/log/audit.log', nowMs }
  assert.deepEqual(sortOut(names, { ...keeping, backupsMax: 1, ageDaysMax: 0 }), {
    keep: ['audit-2030-01-03T00-00-00.000.log'],
    remove: ['audit-2030-01-02T00-00-00.000.log.gz', 'audit-2029-12-01T00-00-00.000.log'],
  })
  assert.deepEqual(sortOut(names, { ...keeping, backupsMax: 0, ageDaysMax: 7 }), {
    keep: ['audit-2030-01-03T00-00-00.000.log', 'audit-2030-01-02T00-00-00.000.log.gz'],
    remove: ['audit-2029-12-01T00-00-00.000.log'],
  })
})

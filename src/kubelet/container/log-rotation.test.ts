import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { rotateLog } from './log-rotation.ts'

const limits = { bytesMax: 10, filesMax: 3 }

async function inFolder(body: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'log-'))
  try {
    await body(join(folder, '0.log'), folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a small log, or none, is left alone', () =>
  inFolder(async (path) => {
    const reopen = (): Promise<void> => assert.fail('not needed')
    assert.equal(await rotateLog(path, limits, 0, reopen), false)
    await writeFile(path, 'small')
    assert.equal(await rotateLog(path, limits, 0, reopen), false)
  }))

test('a large log is renamed, older ones are compressed, the oldest go', () =>
  inFolder(async (path, folder) => {
    for (let day = 1; day <= 4; day++) {
      await writeFile(path, `the log of day ${day}`)
      const reopen = async (): Promise<void> => writeFile(path, '')
      assert.equal(await rotateLog(path, limits, Date.UTC(2030, 0, day, 1, 2, 3), reopen), true)
    }
    assert.deepEqual((await readdir(folder)).sort(), [
      '0.log',
      '0.log.20300103-010203.gz',
      '0.log.20300104-010203',
    ])
    const packed = await readFile(join(folder, '0.log.20300103-010203.gz'))
    assert.equal(gunzipSync(packed).toString(), 'the log of day 3')
  }))

test('when the runtime does not open it anew, the log keeps its name', () =>
  inFolder(async (path, folder) => {
    await writeFile(path, 'large enough')
    await assert.rejects(
      rotateLog(path, limits, 0, () => Promise.reject(new Error('no'))),
      /no/,
    )
    assert.deepEqual(await readdir(folder), ['0.log'])
  }))

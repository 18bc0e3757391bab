import assert from 'node:assert/strict'
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writePayload } from './atomic-writer.ts'
import type { Payload } from './atomic-writer.ts'

const payload = (files: Readonly<Record<string, string>>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]))

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'atomic-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const visible = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => !name.startsWith('..')).sort()

test('files show through ..data, nested ones too, with their modes', () =>
  inFolder(async (folder) => {
    assert.equal(
      await writePayload({ folder, payload: payload({ a: '1', 'b/c': '2' }, 0o400), nowMs: 0 }),
      true,
    )
    assert.deepEqual(await visible(folder), ['a', 'b'])
    assert.equal(await readlink(join(folder, 'a')), '..data/a')
    assert.equal(await readlink(join(folder, '..data')), '..1970_01_01_00_00_00.000')
    assert.equal(await readFile(join(folder, 'b/c'), 'utf8'), '2')
    assert.equal((await lstat(join(folder, '..data/a'))).mode & 0o777, 0o400)
  }))

test('the same again writes nothing', () =>
  inFolder(async (folder) => {
    await writePayload({ folder, payload: payload({ a: '1' }), nowMs: 0 })
    assert.equal(await writePayload({ folder, payload: payload({ a: '1' }), nowMs: 5000 }), false)
    assert.equal(await readlink(join(folder, '..data')), '..1970_01_01_00_00_00.000')
  }))

test('a change switches the link, drops what is gone and leaves one dated folder', () =>
  inFolder(async (folder) => {
    await writePayload({ folder, payload: payload({ a: '1', old: 'x' }), nowMs: 0 })
    assert.equal(
      await writePayload({ folder, payload: payload({ a: '2', new: 'y' }), nowMs: 5000 }),
      true,
    )
    assert.deepEqual(await visible(folder), ['a', 'new'])
    assert.equal(await readFile(join(folder, 'a'), 'utf8'), '2')
    assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith('..')).sort(), [
      '..1970_01_01_00_00_05.000',
      '..data',
    ])
  }))

test('two changes within a millisecond do not meet', () =>
  inFolder(async (folder) => {
    for (const text of ['1', '2', '3']) {
      await writePayload({ folder, payload: payload({ a: text }), nowMs: 0 })
      assert.equal(await readFile(join(folder, 'a'), 'utf8'), text)
    }
  }))

for (const path of ['/etc/passwd', '../x', 'a/../../x', '']) {
  test(`the path "${path}" is refused`, () =>
    inFolder(async (folder) => {
      await assert.rejects(
        writePayload({ folder, payload: payload({ [path]: '' }), nowMs: 0 }),
        /invalid path/,
      )
    }))
}

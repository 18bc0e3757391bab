import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { openSqlite } from '#storage/sqlite/sqlite.ts'
import { revisionOf, type Storage } from '#storage/storage.ts'
import { etcdIsMissing, startTestEtcd, type TestEtcd } from '#testing/etcd.ts'
import type { World } from './program.ts'
import { main } from './storage.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-storage-'))
after(() => rmSync(folder, { recursive: true }))

async function run(
  ...argv: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const world: World = {
    argv,
    env: {},
    clock: systemClock,
    random: Math.random,
    log: () => silentLogger,
    signal: new AbortController().signal,
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    installation: folder,
    self: ['k8ts'],
  }
  return { code: await main(world), out, err }
}

async function fill(path: string): Promise<void> {
  await using storage = await openSqlite({ path, clock: systemClock })
  const value = (text: string) => ({ bytes: Buffer.from(text) })
  for (let i = 0; i < 600; i++) await storage.create(`/registry/pods/default/${i}`, value(`${i}`))
  await storage.update('/registry/pods/default/7', value('seven'), revisionOf(9))
  await storage.create('/registry/events/default/e', value('event'), { ttlSeconds: 3600 })
  await storage.create('/registry/masterleases/192.0.2.1', value('lease'), { ttlSeconds: 3600 })
}

async function contents(storage: Storage): Promise<Record<string, string>> {
  const { entries } = await storage.range({ prefix: '/registry/', limit: 0 })
  return Object.fromEntries(
    entries.map(({ key, value }) => [key, Buffer.from(value.bytes).toString()]),
  )
}

async function fileContents(path: string): Promise<Record<string, string>> {
  await using storage = await openSqlite({ path, clock: systemClock })
  return contents(storage)
}

test('a database is snapshot and restored', async () => {
  const source = join(folder, 'a.db')
  const snapshot = join(folder, 'a.snapshot')
  const target = join(folder, 'restored', 'a.db')
  await fill(source)
  const { out } = await run('snapshot', snapshot, `--storage-file=${source}`)
  assert.equal(out, `${snapshot}: ${statSync(snapshot).size} bytes\n`)
  assert.equal(statSync(snapshot).mode & 0o777, 0o600)
  await run('restore', snapshot, `--storage-file=${target}`)
  assert.equal(statSync(target).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(folder, 'restored')), ['a.db'])
  assert.deepEqual(await fileContents(target), await fileContents(source))
  await assert.rejects(run('restore', snapshot, `--storage-file=${target}`), /a\.db exists/)
  await assert.rejects(run('snapshot', snapshot, `--storage-file=${source}`), /a\.snapshot exists/)
})

test('a database that a server uses is refused', async () => {
  const source = join(folder, 'used.db')
  await using _ = await openSqlite({ path: source, clock: systemClock })
  const asked = run('snapshot', join(folder, 'b'), `--storage-file=${source}`)
  await assert.rejects(asked, { name: 'UserError', message: /is in use by another process/ })
})

for (const [argv, problem] of [
  [['dump', 'x'], /unknown command "dump" for "k8ts storage"/],
  [['snapshot'], /takes one file/],
  [['snapshot', 'a', 'b', '--storage-file=x'], /takes one file/],
  [['snapshot', 'a'], /give one of --storage-file and --etcd-servers/],
  [['restore', join(folder, 'nothing'), '--storage-file=x'], /ENOENT/],
  [['migrate', '--to=mysql'], /--to must be etcd or sqlite/],
  [['migrate', '--to=etcd', '--storage-file=/nothing'], /ENOENT/],
  [['migrate', '--to=sqlite'], /--etcd-servers must be specified/],
  [['migrate', '--to=sqlite', '--etcd-servers=127.0.0.1:2379'], /must be http:/],
] as const) {
  test(`refused: ${argv.join(' ')}`, () =>
    assert.rejects(run(...argv), { name: 'UserError', message: problem }))
}

test('an etcd snapshot is not restored into a database', async () => {
  const file = join(folder, 'bolt')
  writeFileSync(file, 'not SQLite at all')
  const asked = run('restore', file, `--storage-file=${join(folder, 'c.db')}`)
  await assert.rejects(asked, { name: 'UserError', message: /etcdctl snapshot restore/ })
})

suite('with etcd', { skip: etcdIsMissing, timeout: 60_000 }, () => {
  let etcd: TestEtcd
  before(async () => {
    etcd = await startTestEtcd()
  })
  after(async () => {
    await etcd[Symbol.asyncDispose]()
  })
  const etcdFlags = () => [
    `--etcd-servers=${etcd.endpoints.join(',')}`,
    `--etcd-cafile=${etcd.files.ca}`,
    `--etcd-certfile=${etcd.files.cert}`,
    `--etcd-keyfile=${etcd.files.key}`,
  ]

  test('every key goes to etcd and back', async () => {
    const source = join(folder, 'm.db')
    const back = join(folder, 'back.db')
    await fill(source)
    const { out, err } = await run(
      'migrate',
      '--to=etcd',
      `--storage-file=${source}`,
      ...etcdFlags(),
    )
    assert.match(out, /^601 keys copied to etcd/)
    assert.match(err, /^\d+ of \d+ keys copied\n/)
    const { 'masterleases/192.0.2.1': _, ...wanted } = Object.fromEntries(
      Object.entries(await fileContents(source)).map(([key, text]) => [
        key.replace('/registry/masterleases', 'masterleases'),
        text,
      ]),
    )
    {
      await using storage = await etcd.open()
      assert.deepEqual(await contents(storage), wanted)
    }
    await run('migrate', '--to=sqlite', `--storage-file=${back}`, ...etcdFlags())
    assert.deepEqual(await fileContents(back), wanted)
    for (const to of ['etcd', 'sqlite']) {
      const again = run('migrate', `--to=${to}`, `--storage-file=${back}`, ...etcdFlags())
      await assert.rejects(again, { name: 'UserError', message: 'the target holds 601 keys' })
    }
  })

  test('a member is snapshot as etcdctl does it', async () => {
    const file = join(folder, 'etcd.snapshot')
    const { out } = await run('snapshot', file, ...etcdFlags())
    assert.equal(out, `${file}: ${statSync(file).size} bytes\n`)
    const { spawnSync } = await import('node:child_process')
    const args = ['snapshot', 'restore', file, '--data-dir', join(folder, 'member')]
    const restored = spawnSync('etcdctl', args, { env: { ...process.env, ETCDCTL_API: '3' } })
    if (restored.error === undefined) assert.equal(restored.status, 0, String(restored.stderr))
  })
})

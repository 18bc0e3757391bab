import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { etcdIsMissing, startTestEtcd } from '#testing/etcd.ts'
import { parseFlags } from './flags.ts'
import type { World } from './program.ts'
import { openStorage, storageFlags, type OpenedStorage } from './storage-flags.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-flags-'))
after(() => rmSync(folder, { recursive: true }))

const world: World = {
  argv: [],
  env: {},
  clock: systemClock,
  random: () => 0,
  log: () => silentLogger,
  signal: new AbortController().signal,
  stdout() {},
  stderr() {},
  installation: folder,
  self: ['k8ts'],
}

function opened(...argv: readonly string[]): Promise<OpenedStorage> {
  return openStorage({ flags: parseFlags(storageFlags, argv), world, log: silentLogger })
}

for (const [argv, message] of [
  [[], '--storage-file is needed'],
  [['--storage-backend=etcd2'], /--storage-backend invalid, allowed values: etcd3, sqlite/],
  [['--storage-backend=etcd3'], '--etcd-servers must be specified'],
  [['--etcd-servers=localhost:2379'], /localhost:2379 must be http:\/\/HOST:PORT/],
  [
    ['--etcd-servers=https://127.0.0.1:1', '--etcd-certfile=/etc/hostname'],
    '--etcd-certfile and --etcd-keyfile go together',
  ],
  [['--etcd-servers=https://127.0.0.1:1', '--etcd-cafile=/nothing'], /--etcd-cafile: .*ENOENT/],
] as const) {
  test(`refused: ${argv.join(' ')}`, () =>
    assert.rejects(opened(...argv), { name: 'UserError', message }))
}

test('what is stored is shown to curl when it is asked for', async () => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await once(probe.close(), 'close')
  await using store = await opened(
    `--storage-file=${join(folder, 'shown.db')}`,
    `--etcd-v2-keys-port=${port}`,
  )
  await store.storage.create('/registry/pods/default/a', { bytes: Buffer.from('1') })
  const response = await fetch(`http://127.0.0.1:${port}/v2/keys/registry`)
  assert.match(await response.text(), /"key":"\/registry\/pods","dir":true/)
})

test('a file is one server’s alone', async () => {
  await using store = await opened(
    `--storage-file=${join(folder, 'state.db')}`,
    '--etcd-compaction-interval=1m30s',
  )
  assert.equal(store.isStoreShared, false)
  assert.equal(store.compaction.intervalMs, 90_000)
  assert.equal(store.storeChecks, undefined)
  assert.equal(await store.storage.revision(), 1n)
})

suite('with etcd', { skip: etcdIsMissing, timeout: 60_000 }, () => {
  test('a cluster is shared, and each of its servers has a health of its own', async () => {
    await using etcd = await startTestEtcd({ members: 3 })
    await using store = await opened(
      `--etcd-servers=${etcd.endpoints.join(',')}`,
      `--etcd-cafile=${etcd.files.ca}`,
      `--etcd-certfile=${etcd.files.cert}`,
      `--etcd-keyfile=${etcd.files.key}`,
      '--etcd-prefix=/other',
      '--etcd-compaction-interval=0',
    )
    assert.equal(store.isStoreShared, true)
    assert.equal(store.compaction.intervalMs, 0)
    const { signal } = new AbortController()
    const checks = store.storeChecks ?? []
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['etcd-0', 'etcd-1', 'etcd-2'],
    )
    for (const server of checks) assert.equal(await server.check(signal), 'ok')
    await store.storage.create('/registry/pods/default/a', { bytes: Buffer.from('1') })
    await using plain = await etcd.open({ prefix: '/other' })
    assert.equal(await plain.count('/registry/pods/'), 1)
    etcd.members[1]?.signal('SIGKILL')
    await etcd.members[1]?.gone()
    const after = await Promise.allSettled(checks.map((server) => server.check(signal)))
    assert.deepEqual(
      after.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
  })
})

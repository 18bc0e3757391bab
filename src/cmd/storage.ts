/** `k8ts storage`: copies of what a cluster has stored, while no API server runs on it. */
import { existsSync } from 'node:fs'
import { UserError } from '#base/user-error.ts'
import { events } from '#resources/event/event.ts'
import { copyStorage, NotEmptyError } from '#storage/copy.ts'
import { describeFlags, parseFlags, type Flag, type Parsed } from './flags.ts'
import type { World } from './program.ts'
import { etcdFlags, openEtcdCluster, openFile } from './storage-flags.ts'

const declared: readonly Flag[] = [
  { name: 'storage-file', kind: 'string', usage: 'the SQLite database' },
  ...etcdFlags,
  { name: 'to', kind: 'string', usage: 'of migrate: etcd or sqlite' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

const usage = `Usage:
  k8ts storage snapshot FILE   writes a copy: of --storage-file, or of a member of --etcd-servers
  k8ts storage restore FILE    makes --storage-file from a snapshot of one; an etcd's is for etcdctl
  k8ts storage migrate --to=etcd|sqlite
                               copies every key from --storage-file to --etcd-servers, or back

Stop the API servers before. Copies hold Secrets as they are stored.

Flags:
`

type Command = (parts: { flags: Parsed; world: World; file: string }) => Promise<void>

const commands: Readonly<Record<string, Command>> = { snapshot, restore, migrate }

export async function main(world: World): Promise<number> {
  const flags = parseFlags(declared, world.argv)
  const [name = '', file = '', ...rest] = flags.args
  if (flags.boolean('help') || name === '') {
    world.stdout(usage + describeFlags(declared))
    return flags.boolean('help') ? 0 : 1
  }
  const command = commands[name]
  if (command === undefined) throw new UserError(`unknown command "${name}" for "k8ts storage"`)
  if (rest.length > 0 || (name === 'migrate') !== (file === '')) {
    throw new UserError(`k8ts storage ${name} takes ${name === 'migrate' ? 'no' : 'one'} file`)
  }
  await command({ flags, world, file })
  return 0
}

async function snapshot({ flags, world, file }: Parameters<Command>[0]): Promise<void> {
  const path = flags.string('storage-file')
  if ((path === '') === (flags.strings('etcd-servers').length === 0)) {
    throw new UserError('give one of --storage-file and --etcd-servers')
  }
  if (path !== '') {
    const { snapshotSqlite } = await import('#storage/sqlite/snapshot.ts')
    const size = await userErrors(snapshotSqlite(path, file))
    world.stdout(`${file}: ${size} bytes\n`)
    return
  }
  const { snapshotEtcd } = await import('#storage/etcd/snapshot.ts')
  await using storage = await openEtcdCluster({ flags, world, log: world.log(0) })
  const { client } = storage
  const size = await userErrors(snapshotEtcd({ client, target: file, signal: world.signal }))
  world.stdout(`${file}: ${size} bytes\n`)
}

async function restore({ flags, world, file }: Parameters<Command>[0]): Promise<void> {
  const path = flags.string('storage-file')
  if (path === '') throw new UserError('--storage-file is needed: what is made from the snapshot')
  const { isSqlite, restoreSqlite } = await import('#storage/sqlite/snapshot.ts')
  if (!(await userErrors(isSqlite(file)))) {
    throw new UserError(
      `${file} is no snapshot of a SQLite database; one of etcd becomes a member's data by: etcdctl snapshot restore ${file} --data-dir=DIR`,
    )
  }
  await userErrors(restoreSqlite(file, path))
  world.stdout(`${path}: restored from ${file}\n`)
}

async function migrate({ flags, world }: Parameters<Command>[0]): Promise<void> {
  const to = flags.string('to')
  if (to !== 'etcd' && to !== 'sqlite') throw new UserError('--to must be etcd or sqlite')
  const path = flags.string('storage-file')
  if (to === 'etcd' && !existsSync(path)) throw new UserError(`--storage-file ${path}: ENOENT`)
  await using etcd = await openEtcdCluster({ flags, world, log: world.log(0) })
  await using file = await userErrors(openFile(path, world))
  const [source, target] = to === 'etcd' ? [file, etcd] : [etcd, file]
  const copied = await userErrors(
    copyStorage({
      from: source,
      to: target,
      prefix: '/registry/',
      wanted: (key) => !leftBehind.some((prefix) => key.startsWith(prefix)),
      ttlSecondsOf: (key) => (key.startsWith(eventsPrefix) ? events.ttlSeconds : undefined),
      progress: (done, remaining) => world.stderr(`${done} of ${done + remaining} keys copied\n`),
    }),
  )
  world.stdout(`${copied} keys copied to ${to}; resourceVersions begin anew\n`)
}

const eventsPrefix = `/registry/${events.storageKey}/`

/** Where servers tell each other that they live, and what proves progress of watches. */
const leftBehind = ['/registry/masterleases/', '/registry/k8ts.io/'] as const

/** What the user can put right: files that exist or do not, a target that is not empty. */
async function userErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const isFile =
      error instanceof Error && ('code' in error || / exists$| in use /.test(error.message))
    if (isFile || error instanceof NotEmptyError) throw new UserError(error.message)
    throw error
  }
}

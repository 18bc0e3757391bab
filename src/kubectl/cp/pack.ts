/** A local file or folder as a tar archive. Upstream: kubectl pkg/cmd/cp/cp.go, recursiveTar. */
import { createReadStream } from 'node:fs'
import type { Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createTarPacker } from 'modern-tar'
import { clean, join } from './file-spec.ts'

type Controller = ReturnType<typeof createTarPacker>['controller']

/** Links stay links; folders are there through what is in them, empty ones by themselves. */
export function packed(source: string, destination: string): Readable {
  const { readable, controller } = createTarPacker()
  add(controller, clean(source), basename(clean(destination))).then(
    () => controller.finalize(),
    (error: unknown) => controller.error(error),
  )
  return Readable.fromWeb(readable as Parameters<typeof Readable.fromWeb>[0])
}

async function add(controller: Controller, path: string, name: string): Promise<void> {
  const stats = await lstat(path)
  if (stats.isDirectory()) {
    const names = (await readdir(path)).toSorted()
    if (names.length === 0) return await addBare(controller, { name, stats, type: 'directory' })
    for (const one of names) await add(controller, join(path, one), `${name}/${one}`)
    return
  }
  if (stats.isSymbolicLink()) {
    const linkname = await readlink(path)
    return await addBare(controller, { name, stats, type: 'symlink', linkname })
  }
  if (stats.isFIFO()) return await addBare(controller, { name, stats, type: 'fifo' })
  if (!stats.isFile())
    throw new Error(`${path}: only files, folders, links and pipes can be copied`)
  const body = controller.add({ ...headerOf(name, stats), type: 'file', size: stats.size })
  // A file that grows meanwhile is copied as long as it was.
  const content =
    stats.size === 0 ? Readable.from([]) : createReadStream(path, { end: stats.size - 1 })
  await pipeline(content, Writable.fromWeb(body))
}

interface Bare {
  readonly name: string
  readonly stats: Stats
  readonly type: 'directory' | 'symlink' | 'fifo'
  readonly linkname?: string
}

async function addBare(controller: Controller, { name, stats, ...more }: Bare): Promise<void> {
  await controller.add({ ...headerOf(name, stats), ...more, size: 0 }).close()
}

function headerOf(name: string, { mode, uid, gid, mtime }: Stats) {
  return { name, mode: mode & 0o7777, uid, gid, mtime }
}

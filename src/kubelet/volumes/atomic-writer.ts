/**
 * Writes a volume's files so that readers see all of the old or all of the new: the files lie in a
 * dated folder, `..data` links to it and is switched by a rename, and each visible name links through
 * `..data`. Upstream: pkg/volume/util/atomic_writer.go at v1.36.
 */
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'

export interface FileContent {
  readonly data: Uint8Array
  readonly mode: number
  /** Who owns it, where that is not root. */
  readonly uid?: number | undefined
}

/** Relative path → content. */
export type Payload = ReadonlyMap<string, FileContent>

const dataLink = '..data'
const dataLinkNew = '..data_tmp'
const pathBytesMax = 4096

/** Makes `folder` show exactly `payload`; true when something changed. `stamp` names the new folder. */
export async function writePayload(options: {
  folder: string
  payload: Payload
  nowMs: number
  /** Runs on the new folder before anything points to it. */
  prepare?: (folder: string) => Promise<void>
}): Promise<boolean> {
  const { folder, payload } = options
  for (const path of payload.keys()) checkPath(path)
  const present = await readlink(join(folder, dataLink)).catch(() => undefined)
  if (present !== undefined && (await holds(join(folder, present), payload))) {
    await linkNames(folder, payload)
    return false
  }
  const name = freshName(options.nowMs, present)
  const fresh = join(folder, name)
  await rm(fresh, { recursive: true, force: true })
  await writeFiles(fresh, payload)
  await options.prepare?.(fresh)
  await rm(join(folder, dataLinkNew), { force: true })
  await symlink(name, join(folder, dataLinkNew))
  await rename(join(folder, dataLinkNew), join(folder, dataLink))
  await linkNames(folder, payload)
  if (present !== undefined) await rm(join(folder, present), { recursive: true, force: true })
  return true
}

function checkPath(path: string): void {
  const bad =
    path === '' ||
    path.startsWith('/') ||
    path.length > pathBytesMax ||
    path.split('/').includes('..') ||
    normalize(path).startsWith('..')
  if (bad) throw new Error(`invalid path: ${path}`)
}

/** `..2026_11_22_23_15_45.541408`: hidden, and never the present one's name. */
function freshName(nowMs: number, present: string | undefined): string {
  const iso = new Date(nowMs).toISOString()
  const base = `..${iso.slice(0, 19).replaceAll(/[-:T]/g, '_')}.${iso.slice(20, 23)}`
  return present === base ? `${base}1` : base
}

async function holds(folder: string, payload: Payload): Promise<boolean> {
  try {
    const found = await filesBelow(folder)
    if (found.length !== payload.size) return false
    for (const [path, { data, mode }] of payload) {
      const file = join(folder, path)
      if (!(await readFile(file)).equals(data)) return false
      if (((await lstat(file)).mode & mode & 0o777) !== (mode & 0o777)) return false
    }
    return true
  } catch {
    return false
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)
}

async function writeFiles(folder: string, payload: Payload): Promise<void> {
  await mkdir(folder, { mode: 0o755 })
  await chmod(folder, 0o755)
  for (const [path, { data, mode, uid }] of payload) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true, mode: 0o755 })
    await writeFile(file, data, { mode })
    // The process's umask may have taken bits away.
    await chmod(file, mode)
    if (uid !== undefined) await chown(file, uid, -1)
  }
}

/** Each first part of a path is a link into `..data`; links to what is gone are removed. */
async function linkNames(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => normalize(path).split('/')[0] ?? ''))
  for (const name of await readdir(folder)) {
    if (name.startsWith('..')) continue
    if (wanted.has(name)) wanted.delete(name)
    else await rm(join(folder, name), { force: true, recursive: true })
  }
  for (const name of wanted) await symlink(join(dataLink, name), join(folder, name))
}

/** Copies of the whole database, for when no server has it open. */
import { copyFile, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Database } from './database.ts'

const header = 'SQLite format 3\0'

/** Resolves with the size. Throws when the file is not there, is in use, or the target exists. */
export async function snapshotSqlite(path: string, target: string): Promise<number> {
  await stat(path)
  await refuseExisting(target)
  const database = Database.open(path)
  try {
    const part = `${target}.part`
    await (await open(part, 'w', 0o600)).close() // before anything is in it: Secrets are
    await database.backup(part)
    await keep(part, target)
  } finally {
    database.close()
  }
  return (await stat(target)).size
}

export async function isSqlite(path: string): Promise<boolean> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(header.length), 0, header.length, 0)
  return buffer.toString('latin1') === header
}

/** Throws when the snapshot is not whole, or the target exists. */
export async function restoreSqlite(snapshot: string, target: string): Promise<void> {
  await refuseExisting(target)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const part = `${target}.part`
  await (await open(part, 'w', 0o600)).close()
  await copyFile(snapshot, part)
  const database = Database.open(part)
  try {
    const found = database.pragma('integrity_check')
    if (found !== 'ok') throw new Error(`${snapshot} is damaged: ${String(found)}`)
  } finally {
    database.close()
  }
  await keep(part, target)
}

async function keep(part: string, target: string): Promise<void> {
  await using file = await open(part, 'r+')
  await file.sync()
  await rename(part, target)
}

async function refuseExisting(target: string): Promise<void> {
  const exists = await stat(target).then(
    () => true,
    () => false,
  )
  if (exists) throw new Error(`${target} exists`)
}

/** Gives a volume to a pod's fsGroup. Upstream: pkg/volume/volume_linux.go at v1.36. */
import { chmod, lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const setGid = 0o2000

/** Group and bits of everything below: files readable (and writable), folders also searchable. */
export async function giveToGroup(
  path: string,
  gid: number,
  access: 'ro' | 'rw' = 'rw',
): Promise<void> {
  const stat = await lstat(path)
  await lchown(path, stat.uid, gid)
  if (stat.isSymbolicLink()) return
  const bits = access === 'ro' ? 0o440 : 0o660
  const folderBits = stat.isDirectory() ? setGid | 0o110 : 0
  await chmod(path, (stat.mode & 0o7777) | bits | folderBits)
  if (!stat.isDirectory()) return
  for (const name of await readdir(path)) await giveToGroup(join(path, name), gid, access)
}

/** Whether the top of a volume already belongs to the group, so that what is below may be left alone. */
export async function belongsToGroup(path: string, gid: number): Promise<boolean> {
  const stat = await lstat(path)
  return stat.gid === gid && (stat.mode & (setGid | 0o770)) === (setGid | 0o770)
}

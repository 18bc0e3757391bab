/** Upstream: pkg/volume/hostpath/host_path.go, checkType, at v1.36. */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { HostPathVolumeSource } from '#api/core/v1.gen.ts'

const checks: Readonly<Record<string, { is: (stats: Stats) => boolean; what: string }>> = {
  Directory: { is: (stats) => stats.isDirectory(), what: 'a directory' },
  File: { is: (stats) => stats.isFile(), what: 'a file' },
  Socket: { is: (stats) => stats.isSocket(), what: 'a socket file' },
  CharDevice: { is: (stats) => stats.isCharacterDevice(), what: 'a character device' },
  BlockDevice: { is: (stats) => stats.isBlockDevice(), what: 'a block device' },
}

/** Rejects when the path is not what its type says; makes it where the type allows that. */
export async function checkHostPath({ path, type = '' }: HostPathVolumeSource): Promise<void> {
  if (type === '') return
  const stats = await stat(path).catch(() => undefined)
  const kind = type.replace('OrCreate', '')
  if (stats === undefined && type === 'DirectoryOrCreate') {
    await mkdir(path, { recursive: true, mode: 0o755 })
    return
  }
  if (stats === undefined && type === 'FileOrCreate') {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await writeFile(path, '', { mode: 0o644, flag: 'a' })
    return
  }
  const check = checks[kind]
  if (check === undefined) throw new Error(`"${type}" is an invalid hostPath type`)
  if (stats === undefined || !check.is(stats)) {
    throw new Error(`hostPath type check failed: ${path} is not ${check.what}`)
  }
}

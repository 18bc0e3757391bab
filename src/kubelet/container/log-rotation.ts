/**
 * Keeps containers' logs within bounds: a log that has grown too large is renamed, the runtime opens
 * a new one, older ones are compressed, the oldest go.
 * Upstream: pkg/kubelet/logs/container_log_manager.go at v1.36.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

export interface LogLimits {
  readonly bytesMax: number
  readonly filesMax: number
}

/** True when the log was rotated. `reopen` makes the runtime open the log anew. */
export async function rotateLog(
  path: string,
  limits: LogLimits,
  nowMs: number,
  reopen: () => Promise<void>,
): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || stats.size < limits.bytesMax) return false
  await thinOut(path, limits)
  const rotated = `${path}.${suffix(nowMs)}`
  await rename(path, rotated)
  try {
    await reopen()
  } catch (error) {
    // The runtime still writes to the old file: give it its name back.
    await rename(rotated, path)
    throw error
  }
  return true
}

/** `20260102-150405` */
function suffix(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
}

/** Leaves room for one more; compresses all rotated ones but none that is written to. */
async function thinOut(path: string, { filesMax }: LogLimits): Promise<void> {
  const folder = dirname(path)
  const prefix = `${basename(path)}.`
  const rotated = (await readdir(folder)).filter((name) => name.startsWith(prefix)).sort()
  // One place is the log's own, one is for the file that is about to be rotated.
  const excess = rotated.length - (filesMax - 2)
  for (const name of rotated.splice(0, Math.max(0, excess))) await rm(join(folder, name))
  for (const name of rotated) {
    if (name.endsWith('.gz')) continue
    const file = join(folder, name)
    await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.tmp`))
    await rename(`${file}.tmp`, `${file}.gz`)
    await rm(file)
  }
}

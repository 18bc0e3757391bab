/** A member's whole database in a file, as `etcdctl snapshot save` writes it. */
import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { EtcdClient } from './client.ts'

const checksumBytes = 32

export interface SnapshotOptions {
  readonly client: EtcdClient
  readonly target: string
  readonly signal: AbortSignal
}

/** Resolves with the size. Throws when the target exists, or the stream was not whole. */
export async function snapshotEtcd({ client, target, signal }: SnapshotOptions): Promise<number> {
  await using claim = await open(target, 'wx', 0o600)
  const part = `${target}.part`
  try {
    await using file = await open(part, 'w', 0o600)
    const check = new TrailingChecksum()
    let bytes = 0
    for await (const { blob } of client.snapshot(signal)) {
      check.add(blob)
      await file.write(blob)
      bytes += blob.length
    }
    if (!check.isRight) throw new Error('the snapshot is not whole: its checksum is wrong')
    await file.sync()
    await rename(part, target)
    return bytes
  } catch (error) {
    await claim.close()
    await rm(target, { force: true })
    await rm(part, { force: true })
    throw error
  }
}

/** The last bytes of the stream are the SHA-256 of those before. */
class TrailingChecksum {
  readonly #hash = createHash('sha256')
  #tail = Buffer.alloc(0)

  add(blob: Buffer): void {
    const all = Buffer.concat([this.#tail, blob])
    const certain = Math.max(all.length - checksumBytes, 0)
    this.#hash.update(all.subarray(0, certain))
    this.#tail = all.subarray(certain)
  }

  get isRight(): boolean {
    return this.#tail.length === checksumBytes && this.#hash.digest().equals(this.#tail)
  }
}

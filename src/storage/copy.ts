/** Everything that one store holds, into an empty other one. */
import { limits } from './limits.ts'
import type { Entry, Revision, Storage, WriteOptions } from './storage.ts'

export interface CopyOptions {
  readonly from: Storage
  readonly to: Storage
  readonly prefix: string
  /** What belongs to the old store or its servers is left behind. */
  readonly wanted: (key: string) => boolean
  /** The time to live is not told by a store: who copies knows which keys have one. */
  readonly ttlSecondsOf: (key: string) => number | undefined
  readonly progress: (copied: number, remaining: number) => void
}

export class NotEmptyError extends Error {
  override readonly name = 'NotEmptyError'
}

/** Resolves with how many keys were copied. Throws NotEmptyError when the target holds any. */
export async function copyStorage(options: CopyOptions): Promise<number> {
  const { from, to, prefix, wanted, progress } = options
  const found = await to.count(prefix)
  if (found > 0) throw new NotEmptyError(`the target holds ${found} keys`)
  let copied = 0
  let after: string | undefined
  let atRevision: Revision | undefined
  for (;;) {
    const range = await from.range({
      prefix,
      limit: limits.commitWritesMax,
      countRemaining: true,
      ...(after !== undefined && { after }),
      ...(atRevision !== undefined && { atRevision }),
    })
    const entries = range.entries.filter(({ key }) => wanted(key))
    await Promise.all(entries.map((entry) => copyEntry(options, entry)))
    copied += entries.length
    progress(copied, range.remaining ?? 0)
    atRevision = range.revision
    after = range.entries.at(-1)?.key
    if (!range.more || after === undefined) return copied
  }
}

async function copyEntry({ to, ttlSecondsOf }: CopyOptions, { key, value }: Entry): Promise<void> {
  const ttlSeconds = ttlSecondsOf(key)
  const options: WriteOptions = ttlSeconds === undefined ? {} : { ttlSeconds }
  const { ok } = await to.create(key, { bytes: value.bytes }, options)
  if (!ok) throw new NotEmptyError(`somebody else writes to the target: ${key} exists`)
}

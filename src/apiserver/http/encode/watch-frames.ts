/**
 * Watch events as lines. A batch is framed once in each shape and shared by all who watch it, however
 * many they are.
 */
import type { Status } from '#api/meta/v1.gen.ts'
import type { Resource } from '#resources/resource.ts'
import type { CacheEvent } from '#apiserver/registry/registry.ts'
import { columnDefinitions, table, tableRow } from './table.ts'
import type { TableOptions } from './table.ts'
import type { MetaVersion, PartialMetadata } from './metadata.ts'

/** Frames the batches of one watch. */
export type FrameBatch = (batch: readonly CacheEvent[]) => Uint8Array

type Frames = WeakMap<readonly CacheEvent[], Buffer>

export class WatchFrames {
  readonly #partial: PartialMetadata
  readonly #objects: Frames = new WeakMap()
  readonly #others = new Map<string, Frames>()

  constructor(partial: PartialMetadata) {
    this.#partial = partial
  }

  /** Whole objects. */
  readonly objects: FrameBatch = (batch) => shared(this.#objects, batch, objectFrames)

  metadata(version: MetaVersion): FrameBatch {
    const known = this.#framesOf(`PartialObjectMetadata/${version}`)
    return (batch) =>
      shared(known, batch, () => frames(batch, ({ cached }) => this.#partial.of(cached, version)))
  }

  /** Tables; only the first event of each watch carries the columns. */
  tables(row: Resource, options: Omit<TableOptions, 'nowMs'>, nowMs: () => number): FrameBatch {
    const { version, include } = options
    const known = this.#framesOf(`${row.group}/${row.version}/${row.plural}/${version}/${include}`)
    const frame = (batch: readonly CacheEvent[], columns: string): Buffer =>
      frames(batch, ({ cached }, index) => {
        const rows = [tableRow(row, cached, { ...options, nowMs: nowMs(), partial: this.#partial })]
        const meta = JSON.stringify({ resourceVersion: cached.resourceVersion })
        return table(version, { meta, columns: index === 0 ? columns : 'null', rows })
      })
    let isFirst = true
    return (batch) => {
      if (!isFirst) return shared(known, batch, () => frame(batch, 'null'))
      isFirst = false
      return frame(batch, columnDefinitions(row))
    }
  }

  /** Other frames, shared by all who watch the same batch in the same shape. */
  shared(shape: string, frame: (batch: readonly CacheEvent[]) => Buffer): FrameBatch {
    const known = this.#framesOf(shape)
    return (batch) => shared(known, batch, frame)
  }

  #framesOf(shape: string): Frames {
    let known = this.#others.get(shape)
    if (known === undefined) {
      known = new WeakMap()
      this.#others.set(shape, known)
    }
    return known
  }
}

/** The last line of a watch that failed. */
export function errorLine(status: Status): Buffer {
  return Buffer.from(`{"type":"ERROR","object":${JSON.stringify(status)}}\n`)
}

function shared(
  known: Frames,
  batch: readonly CacheEvent[],
  frame: (batch: readonly CacheEvent[]) => Buffer,
): Buffer {
  let bytes = known.get(batch)
  if (bytes === undefined) {
    bytes = frame(batch)
    known.set(batch, bytes)
  }
  return bytes
}

const heads = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
} as const
const tail = Buffer.from('}\n')

function objectFrames(batch: readonly CacheEvent[]): Buffer {
  return Buffer.concat(batch.flatMap((event) => [heads[event.type], event.cached.bytes, tail]))
}

function frames(
  batch: readonly CacheEvent[],
  object: (event: CacheEvent, index: number) => string,
): Buffer {
  return Buffer.from(
    batch
      .map((event, index) => `{"type":"${event.type}","object":${object(event, index)}}\n`)
      .join(''),
  )
}

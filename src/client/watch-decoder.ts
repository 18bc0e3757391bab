/** A watch's body: one JSON document a line, decoded as it arrives. */
import type { Status } from '#api/meta/v1.gen.ts'
import { statusErrorFrom } from '#api/meta/status.ts'
import type { WatchEvent } from './transport.ts'

/** An object is at most 3 MiB in storage; its JSON with managed fields stays far below this. */
export const eventBytesMax = 64 << 20

const newline = 10

/**
 * The events in a stream of bytes, however they are cut into chunks. The reader's pace holds the sender
 * back. Throws StatusError for an event of type ERROR, SyntaxError for what is not JSON.
 */
export async function* decodeWatch(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent, void, undefined> {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (
      let end = chunk.indexOf(newline);
      end !== -1;
      start = end + 1, end = chunk.indexOf(newline, start)
    ) {
      pending.push(chunk.subarray(start, end))
      const event = decodeEvent(pending)
      pending = []
      pendingBytes = 0
      if (event !== undefined) yield event
    }
    if (start === chunk.length) continue
    pending.push(chunk.subarray(start))
    pendingBytes += chunk.length - start
    if (pendingBytes > eventBytesMax) {
      throw new Error(`a watch event is larger than ${eventBytesMax} bytes`)
    }
  }
}

function decodeEvent(parts: readonly Uint8Array[]): WatchEvent | undefined {
  const line = Buffer.concat(parts).toString()
  if (line.trim() === '') return undefined
  const event = JSON.parse(line) as { type: string; object: unknown }
  if (event.type === 'ERROR') throw statusErrorFrom(event.object as Status)
  return event as WatchEvent
}

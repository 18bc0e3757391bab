/**
 * Memory that frames are written into, used again and again: fresh memory for each write would make the
 * garbage collector mark the whole heap every few large lists, which cost more than the lists.
 */

/** Bytes in one write: large enough to hide its cost, small enough to be over soon. */
export const writeBytesMax = 128 * 1024
/** More are needed only while many clients are slow at once. */
const keptMax = 32

export class WriteBuffers {
  readonly #free: Buffer[] = []

  /** At least so large; the holder gives it back when it was written. */
  take(bytes: number): Buffer {
    if (bytes > writeBytesMax) return Buffer.allocUnsafeSlow(bytes)
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(writeBytesMax)
  }

  give(buffer: Buffer): void {
    if (buffer.length === writeBytesMax && this.#free.length < keptMax) this.#free.push(buffer)
  }
}

/** DNS over TCP: each message after its length in two bytes. RFC 1035, 4.2.2. */

export function withLength(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2)
  framed.writeUInt16BE(message.length, 0)
  message.copy(framed, 2)
  return framed
}

/** Cuts a stream into messages; it holds at most one that is not whole. */
export class MessageSplitter {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = []
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (data.length >= 2) {
      const end = 2 + data.readUInt16BE(0)
      if (data.length < end) break
      messages.push(data.subarray(2, end))
      data = data.subarray(end)
    }
    this.#rest = data
    return messages
  }
}

/**
 * The bytes of an object. Stored bytes carry no resourceVersion, because it is known only after the
 * write; `kind`, `apiVersion` and `metadata` come first, so that it can be spliced in and cut out at a
 * place that is found without parsing.
 */
import type { ApiObject } from '#api/resource-type.ts'

const metadataStart = Buffer.from('"metadata":{')
const closingBrace = 0x7d

/** The durable form: JSON without resourceVersion. */
export function encodeStored(object: ApiObject): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object
  const { resourceVersion: _, ...kept } = metadata
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: kept, ...rest }))
}

/** The served form of stored bytes. The result has memory of its own: it lives long. */
export function withResourceVersion(stored: Uint8Array, resourceVersion: string): Buffer {
  const bytes = asBuffer(stored)
  const at = bytes.indexOf(metadataStart) + metadataStart.length
  const inserted = fragment(resourceVersion, bytes[at] === closingBrace)
  const result = Buffer.allocUnsafeSlow(bytes.length + inserted.length)
  bytes.copy(result, 0, 0, at)
  result.write(inserted, at, 'latin1')
  bytes.copy(result, at + inserted.length, at)
  return result
}

/** The stored form of what {@link withResourceVersion} made. */
export function withoutResourceVersion(served: Uint8Array, resourceVersion: string): Buffer {
  const bytes = asBuffer(served)
  const at = bytes.indexOf(metadataStart) + metadataStart.length
  const alone = at + fragment(resourceVersion, true).length
  const end = bytes[alone] === closingBrace ? alone : alone + 1
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
}

/** Parses either form; the caller owns the result. */
export function decode(bytes: Uint8Array): ApiObject {
  return JSON.parse(asBuffer(bytes).toString()) as ApiObject
}

/** An empty metadata needs no comma after it. */
function fragment(resourceVersion: string, isAlone: boolean): string {
  return `"resourceVersion":"${resourceVersion}"${isAlone ? '' : ','}`
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

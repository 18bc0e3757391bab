/**
 * The envelope that tells of which kind a message is: four bytes, then runtime.Unknown.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf/protobuf.go, v1.36.
 */
import type { BackwardWriter } from './backward-writer.ts'
import { eachField } from './decode-scalar.ts'
import { ProtobufError, ProtobufReader } from './reader.ts'
import { bytesField, message, textField } from './writer.ts'

const magic = Buffer.from('k8s\0')
const typeMetaTag = 0x0a
const rawTag = 0x12

export interface TypeMeta {
  readonly apiVersion: string
  readonly kind: string
}

export interface Envelope extends TypeMeta {
  readonly raw: Buffer
}

/** Throws ProtobufError. */
export function openEnvelope(bytes: Buffer): Envelope {
  if (bytes.length === 0) throw new ProtobufError('empty data')
  if (!bytes.subarray(0, magic.length).equals(magic)) {
    throw new ProtobufError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    )
  }
  if (bytes.length === magic.length) throw new ProtobufError('empty body')
  const envelope = { apiVersion: '', kind: '', raw: bytes.subarray(0, 0) }
  const reader = new ProtobufReader(bytes.subarray(magic.length))
  while (!reader.done) {
    const tag = reader.tag()
    if (tag === typeMetaTag) Object.assign(envelope, readTypeMeta(reader))
    else if (tag === rawTag) envelope.raw = reader.bytes()
    else reader.skip(tag % 8)
  }
  return envelope
}

function readTypeMeta(reader: ProtobufReader): TypeMeta {
  const meta = { apiVersion: '', kind: '' }
  eachField(reader, (number, wire) => {
    if (number === 1) meta.apiVersion = reader.text()
    else if (number === 2) meta.kind = reader.text()
    else reader.skip(wire)
  })
  return meta
}

/** Everything of an envelope before the message's length. */
export function envelopeHead({ apiVersion, kind }: TypeMeta): Buffer {
  const meta = message([textField(1, apiVersion), textField(2, kind)])
  return Buffer.concat([magic, bytesField(1, meta), Buffer.from([rawTag])])
}

/** Go writes contentEncoding and contentType though they are empty. */
export const envelopeTail = Buffer.from([0x1a, 0, 0x22, 0])

/** Writes a message in its envelope. */
export function seal(out: BackwardWriter, head: Uint8Array, writeRaw: () => void): void {
  out.raw(envelopeTail)
  const before = out.length
  writeRaw()
  out.varint(out.length - before)
  out.raw(head)
}

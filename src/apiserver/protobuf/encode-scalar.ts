/** How one value of each scalar type is written; without a tag, and messages without their length. */
import type { ScalarName } from '#api/schema.ts'
import type { BackwardWriter } from './backward-writer.ts'

/** Writes one value; undefined is the type's zero. */
export type EncodeValue = (out: BackwardWriter, value: unknown) => void

type Encoded = Exclude<ScalarName, 'any'>

const messages: ReadonlySet<ScalarName> = new Set(['time', 'microTime', 'quantity', 'intOrString'])

/** Whether the scalar is a message in protobuf. */
export function isMessage(scalar: ScalarName): boolean {
  return messages.has(scalar)
}

const integer: EncodeValue = (out, value) => out.varint((value ?? 0) as number)

export const encodeScalar: Readonly<Record<Encoded, EncodeValue>> = {
  string: (out, value) => out.text((value ?? '') as string),
  boolean: (out, value) => out.byte(value === true ? 1 : 0),
  int32: integer,
  int64: integer,
  double: (out, value) => out.double((value ?? 0) as number),
  bytes(out, value) {
    const bytes = Buffer.from((value ?? '') as string, 'base64')
    out.raw(bytes)
    out.varint(bytes.length)
  },
  // JSON has seconds only, so Go leaves out the rest here, too.
  time: (out, value) => writeTime(out, value, 0),
  microTime(out, value) {
    const micros = typeof value === 'string' ? Number(value.slice(20, 26)) : 0
    writeTime(out, value, micros * 1000)
  },
  quantity(out, value) {
    out.text((value ?? '0') as string)
    out.byte(fieldOne.bytes)
  },
  intOrString(out, value) {
    const isText = typeof value === 'string'
    out.text(isText ? value : '')
    out.byte(fieldThree.bytes)
    out.varint(isText ? 0 : ((value ?? 0) as number))
    out.byte(fieldTwo.varint)
    out.byte(isText ? 1 : 0)
    out.byte(fieldOne.varint)
  },
}

const fieldOne = { varint: 0x08, bytes: 0x0a } as const
const fieldTwo = { varint: 0x10 } as const
const fieldThree = { bytes: 0x1a } as const

/** Upstream: apimachinery pkg/apis/meta/v1/time_proto.go. A time that is not set is an empty message. */
function writeTime(out: BackwardWriter, value: unknown, nanos: number): void {
  if (typeof value !== 'string') return
  out.varint(nanos)
  out.byte(fieldTwo.varint)
  out.varint(Math.floor(Date.parse(value) / 1000))
  out.byte(fieldOne.varint)
}

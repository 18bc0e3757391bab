/** How one value of each scalar type is read; what is more than a number or bytes is a small message. */
import { parseJson } from '#api/decode.ts'
import type { ScalarName } from '#api/schema.ts'
import type { ProtobufReader } from './reader.ts'

export type ReadValue = (reader: ProtobufReader) => unknown

/** Undefined is a time that is not set. */
export const readScalar: Readonly<Record<Exclude<ScalarName, 'any'>, ReadValue>> = {
  string: (reader) => reader.text(),
  boolean: (reader) => reader.int64() !== 0,
  int32: (reader) => reader.int64(),
  int64: (reader) => reader.int64(),
  double: (reader) => reader.double(),
  bytes: (reader) => reader.bytes().toString('base64'),
  time(reader) {
    const { seconds, isSet } = readTimestamp(reader)
    return isSet ? `${isoSeconds(seconds)}Z` : undefined
  },
  microTime(reader) {
    const { seconds, nanos, isSet } = readTimestamp(reader)
    const micros = String(Math.floor(nanos / 1000)).padStart(6, '0')
    return isSet ? `${isoSeconds(seconds)}.${micros}Z` : undefined
  },
  quantity(reader) {
    let text = ''
    eachField(reader, (number, wire) => {
      if (number === 1) text = reader.text()
      else reader.skip(wire)
    })
    return text
  },
  intOrString: readIntOrString,
}

function readTimestamp(reader: ProtobufReader): {
  readonly seconds: number
  readonly nanos: number
  readonly isSet: boolean
} {
  const found = { seconds: 0, nanos: 0, isSet: false }
  eachField(reader, (number, wire) => {
    found.isSet = true
    if (number === 1) found.seconds = reader.int64()
    else if (number === 2) found.nanos = reader.int64()
    else reader.skip(wire)
  })
  return found
}

function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19)
}

function readIntOrString(reader: ProtobufReader): string | number {
  let isText = false
  let number = 0
  let text = ''
  eachField(reader, (field, wire) => {
    if (field === 1) isText = reader.int64() === 1
    else if (field === 2) number = reader.int64()
    else if (field === 3) text = reader.text()
    else reader.skip(wire)
  })
  return isText ? text : number
}

/** Raw extensions, JSON values and managed fields are JSON inside. Throws DecodeError. */
export function readRaw(reader: ProtobufReader): unknown {
  let text = ''
  eachField(reader, (number, wire) => {
    if (number === 1) text = reader.text()
    else reader.skip(wire)
  })
  return text === '' ? undefined : parseJson(text)
}

/** Goes through a nested message; `read` has to take or to skip what the field holds. */
export function eachField(
  reader: ProtobufReader,
  read: (number: number, wire: number) => void,
): void {
  const outer = reader.enter()
  while (!reader.done) {
    const tag = reader.tag()
    read(Math.floor(tag / 8), tag % 8)
  }
  reader.leave(outer)
}

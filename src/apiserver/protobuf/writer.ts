/** The protobuf wire format, written: messages are lists of fields, each with its number. */

/** A field's bytes, its tag included. */
export type Field = Buffer

export function message(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields)
}

export function bytesField(number: number, value: Buffer): Field {
  return Buffer.concat([varint(number * 8 + 2), varint(value.length), value])
}

export function textField(number: number, value: string): Field {
  return bytesField(number, Buffer.from(value))
}

export function booleanField(number: number, value: boolean): Field {
  return Buffer.concat([varint(number * 8), Buffer.from([value ? 1 : 0])])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}

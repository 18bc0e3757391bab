/** Bytes that are no request at all, for a bare socket or for one under TLS. */
import type { Chance } from './random.ts'

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** HTTP/1.1 that is not. */
export function badHttp1(chance: Chance): Buffer {
  const head = (lines: string): Buffer => Buffer.from(lines.replaceAll('\n', '\r\n'))
  const makers: readonly (() => Buffer)[] = [
    () => chance.bytes(1 + chance.below(500)),
    () => head('GET / HTTP/9.9\nHost: a\n\n'),
    () => head('GET\n\n'),
    () => head('GET / HTTP/1.1\n\n'),
    () => head('GET / HTTP/1.1\nHost: a\nHost: b\n\n'),
    () => head('POST /api HTTP/1.1\nHost: a\nContent-Length: 5\nContent-Length: 6\n\nhello'),
    () => head('POST /api HTTP/1.1\nHost: a\nContent-Length: -1\n\n'),
    () => head('POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 3\n\nabc'),
    () => head('POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nzz\nabc\n'),
    () => head('POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\nffffffffffffffff\n'),
    () => head(`GET / HTTP/1.1\nHost: a\n${'A: b\n'.repeat(5_000)}\n`),
    () => head(`GET /${'x'.repeat(100_000)} HTTP/1.1\nHost: a\n\n`),
    () => head('GET / HTTP/1.1\nHost: a\nX: \u0000\u0001\n\n'),
    () => head('GET / HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: h2c\n\n'),
    () =>
      head(
        'GET /api/v1/namespaces/a/pods/b/exec HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\n\n',
      ),
    () => head('CONNECT a:80 HTTP/1.1\nHost: a\n\n'),
    () => head('GET http://other/ HTTP/1.1\nHost: a\n\n'),
    () => head('OPTIONS * HTTP/1.1\nHost: a\nConnection: close\n\n'),
    () => Buffer.concat([preface, chance.bytes(100)]),
  ]
  return chance.one(makers)()
}

export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const none = Buffer.alloc(0)
const settings = frame(4, 0, 0, none)
/** `:method GET`, `:scheme https`, `:path /`, `:authority` literal. */
const getRoot = Buffer.from([0x82, 0x87, 0x84, 0x41, 0x01, 0x61])

/** HTTP/2 that abuses its peer. */
export function badHttp2(chance: Chance): Buffer {
  const many = (count: number, make: (index: number) => Buffer): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, index) => make(index)))
  const makers: readonly (() => Buffer)[] = [
    // Rapid reset.
    () =>
      many(500, (i) =>
        Buffer.concat([
          frame(1, 5, 2 * i + 1, getRoot),
          frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8])),
        ]),
      ),
    // More streams than are allowed.
    () => many(1_000, (i) => frame(1, 4, 2 * i + 1, getRoot)),
    () => many(2_000, () => frame(6, 0, 0, Buffer.alloc(8))),
    () => many(2_000, () => settings),
    // A header that fills the table and is then referred to again and again.
    () => {
      const value = 'v'.repeat(4_000)
      const literal = Buffer.concat([
        Buffer.from([0x40, 0x01, 0x78, 0x7f, 0xa1, 0x1e]),
        Buffer.from(value),
      ])
      const block = Buffer.concat([getRoot, literal, Buffer.alloc(8_000, 0xbe)])
      return frame(1, 5, 1, block)
    },
    // Headers without an end.
    () =>
      Buffer.concat([
        frame(1, 1, 1, getRoot),
        many(500, () => frame(9, 0, 1, Buffer.alloc(1_000, 0x82))),
      ]),
    () => frame(0, 0, 1, Buffer.alloc(100)),
    () => frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    () => frame(1, 5, 2, getRoot),
    () =>
      frame(
        chance.below(256),
        chance.below(256),
        chance.below(2 ** 31),
        chance.bytes(chance.below(200)),
      ),
    () => many(200, (i) => frame(2, 0, 2 * i + 1, Buffer.from([0, 0, 0, 0, 1]))),
    () => frame(4, 0, 0, Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff])),
    () => chance.bytes(1 + chance.below(500)),
  ]
  return Buffer.concat([preface, settings, chance.one(makers)()])
}

import assert from 'node:assert/strict'
import test from 'node:test'
import { formatCheck } from './formats.ts'

/** Texts that are of the format, and texts that are not. */
const cases: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  bsonobjectid: [['507f1f77bcf86cd799439011'], ['507f1f77bcf86cd79943901']],
  uri: [
    ['https://example.com/x', '/x/y', 'urn:a:b'],
    ['example.com', ''],
  ],
  email: [
    ['a@b.c', 'Bob <bob@example.com>'],
    ['a@', 'a b@c'],
  ],
  hostname: [
    ['example.com', 'a'],
    ['-a', 'a_b', `${'a'.repeat(64)}.com`],
  ],
  ipv4: [['10.0.0.1'], ['10.0.0.256', '::1', '10.0.0.0/8']],
  ipv6: [
    ['::1', '2001:db8::1'],
    ['10.0.0.1', '1::2::3'],
  ],
  cidr: [
    ['10.0.0.0/8', '::/0'],
    ['10.0.0.1', '10.0.0.0/33'],
  ],
  mac: [
    ['01:23:45:67:89:ab', '0123.4567.89ab'],
    ['01:23:45:67:89', '01:23-45:67:89:ab'],
  ],
  uuid: [['a8098c1a-f86e-11da-bd1a-00112444be1e'], ['a8098c1a-f86e']],
  uuid4: [['025b0d74-00a2-4048-bf57-227c5111bb34'], ['a8098c1a-f86e-11da-bd1a-00112444be1e']],
  isbn: [['0321751043', '978-0321751041'], ['0321751044']],
  creditcard: [['4111-1111-1111-1111'], ['4111-1111-1111-1112']],
  ssn: [['111-11-1111'], ['11-11-1111']],
  hexcolor: [['#FFFFFF', 'abc'], ['#ggg']],
  rgbcolor: [['rgb(255,255,255)'], ['rgb(300,0,0)']],
  byte: [['aGVsbG8='], ['a', '']],
  date: [['2020-02-29'], ['2019-02-29', '2020-1-1']],
  duration: [
    ['1h30m', '22 ns', '3 days'],
    ['soon', '1'],
  ],
  'date-time': [
    ['2014-12-15T19:30:20.000Z', '2014-12-15T19:30:20+01:00'],
    ['2014-12-15', '2014-12-15T25:00:00Z'],
  ],
  quantity: [['10Gi', '1.5'], ['10 apples']],
  'k8s-short-name': [['a-b'], ['a.b', 'A']],
  'k8s-long-name': [['a.b'], ['a_b']],
}

for (const [format, [good, bad]] of Object.entries(cases)) {
  test(format, () => {
    const check = formatCheck('string', format)
    assert.ok(check)
    for (const text of good) assert.ok(check(text), `${text} is of the format`)
    for (const text of bad) assert.ok(!check(text), `${text} is not of the format`)
  })
}

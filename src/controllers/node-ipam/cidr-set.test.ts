import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CidrSet, parseCidr } from './cidr-set.ts'

const cases: readonly [range: string, prefix: number, first: string, second: string][] = [
  ['10.244.0.0/16', 24, '10.244.0.0/24', '10.244.1.0/24'],
  ['10.0.0.77/8', 16, '10.0.0.0/16', '10.1.0.0/16'],
  ['fd00:10:244::/56', 64, 'fd00:10:244::/64', 'fd00:10:244:1::/64'],
  ['2001:db8::/32', 48, '2001:db8::/48', '2001:db8:1::/48'],
]
for (const [range, prefix, first, second] of cases) {
  test(`${range} by /${prefix}`, () => {
    const set = new CidrSet(range, prefix)
    assert.deepEqual([set.allocate(), set.allocate()], [first, second])
  })
}

test('what is occupied is passed over, what is released comes again', () => {
  const set = new CidrSet('10.0.0.0/22', 24)
  set.occupy('10.0.0.0/23')
  set.occupy('192.168.0.0/16')
  set.occupy('fd00::/64')
  assert.equal(set.allocate(), '10.0.2.0/24')
  assert.equal(set.allocate(), '10.0.3.0/24')
  assert.equal(set.allocate(), undefined)
  set.release('10.0.1.0/24')
  assert.equal(set.allocate(), '10.0.1.0/24')
})

for (const text of [
  '10.0.0.0',
  '10.0.0/8',
  '10.0.0.0/33',
  '300.0.0.0/8',
  'fd00::g/64',
  '::1::/64',
]) {
  test(`${text} is no CIDR`, () => {
    assert.throws(() => parseCidr(text), /invalid CIDR address/)
  })
}

test('a range smaller than a share is refused', () => {
  assert.throws(() => new CidrSet('10.0.0.0/26', 24), /does not fit/)
})

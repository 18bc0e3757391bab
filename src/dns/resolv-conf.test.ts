import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseResolvConf, withoutOwn } from './resolv-conf.ts'

test('the name servers of a resolv.conf', () => {
  const text =
    '# nameserver 1.1.1.1\nsearch a.b\nnameserver 192.0.2.53\n nameserver\tfe80::1%eth0 \n' +
    'nameserver bogus\nnameserver\noptions ndots:5\n'
  assert.deepEqual(parseResolvConf(text), [
    { host: '192.0.2.53', port: 53 },
    { host: 'fe80::1%eth0', port: 53 },
  ])
})

test('our own address and port are left out, our address alone is not', () => {
  const upstreams = [
    { host: '192.0.2.2', port: 53 },
    { host: '10.96.0.10', port: 53 },
  ]
  const own = [
    { host: '192.0.2.2', port: 10_053 },
    { host: '10.96.0.10', port: 53 },
  ]
  assert.deepEqual(withoutOwn(upstreams, own), [{ host: '192.0.2.2', port: 53 }])
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { silentLogger } from '#base/logger.ts'
import type { RawAnswer } from './answer.ts'
import { healthPaths } from './health.ts'
import type { HealthCheck } from './health.ts'
import type { Incoming } from './incoming.ts'
import { parseTarget } from './target.ts'

const checks: readonly HealthCheck[] = [
  { name: 'ping', check: () => undefined },
  { name: 'etcd', check: () => Promise.reject(new Error('no quorum')) },
  { name: 'shutdown', endpoints: ['readyz'], check: () => undefined },
]
const handler = healthPaths(checks, silentLogger)

const cases: readonly [path: string, status: number, body: string][] = [
  ['/livez', 500, '[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n'],
  ['/livez?exclude=etcd', 200, 'ok'],
  ['/livez?exclude=etcd&verbose', 200, '[+]ping ok\n[+]etcd excluded: ok\nlivez check passed\n'],
  [
    '/readyz?verbose&exclude=etcd&exclude=odd',
    200,
    '[+]ping ok\n[+]etcd excluded: ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "odd"\nreadyz check passed\n',
  ],
  ['/livez/ping', 200, 'ok'],
  ['/livez/etcd', 500, 'internal server error: no quorum\n'],
]

for (const [path, status, body] of cases) {
  test(`GET ${path} answers ${status}`, async () => {
    const signal = new AbortController().signal
    const request = { ...parseTarget('GET', path), signal } as Partial<Incoming> as Incoming
    const answer = (await handler(request)) as RawAnswer
    assert.equal(answer.body, body)
    assert.equal(answer.status, status)
  })
}

test('other paths, and checks that the endpoint has not, are not its own', () => {
  for (const path of ['/healthzz', '/livez/shutdown', '/api']) {
    const request = parseTarget('GET', path) as Partial<Incoming> as Incoming
    assert.equal(handler(request), undefined)
  }
})

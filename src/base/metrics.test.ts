import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exponentialBuckets, MetricRegistry } from './metrics.ts'

test('the text format', () => {
  const registry = new MetricRegistry()
  const total = registry.counter({ name: 'a_total', help: 'A.' })
  const gauge = registry.gauge({ name: 'b', help: 'B.', labels: ['table'] })
  const seconds = registry.histogram({
    name: 'c_seconds',
    help: 'C.',
    labels: ['verb'],
    buckets: [0.5, 1],
  })
  total.add(2)
  gauge.set(7, { table: 'nat' })
  gauge.add(-1, { table: 'nat' })
  seconds.observe(0.5, { verb: 'get' })
  seconds.observe(3, { verb: 'get' })
  assert.equal(
    registry.text(),
    `# HELP a_total A.
# TYPE a_total counter
a_total 2
# HELP b B.
# TYPE b gauge
b{table="nat"} 6
# HELP c_seconds C.
# TYPE c_seconds histogram
c_seconds_bucket{verb="get",le="0.5"} 1
c_seconds_bucket{verb="get",le="1"} 1
c_seconds_bucket{verb="get",le="+Inf"} 2
c_seconds_sum{verb="get"} 3.5
c_seconds_count{verb="get"} 2
`,
  )
})

test('exponential buckets', () => {
  assert.deepEqual(exponentialBuckets(1, 2, 4), [1, 2, 4, 8])
})

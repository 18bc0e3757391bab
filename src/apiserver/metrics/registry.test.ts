import assert from 'node:assert/strict'
import test from 'node:test'
import { labelKey, MetricRegistry } from './registry.ts'

test('writes the text format, by name', () => {
  const registry = new MetricRegistry()
  const requests = registry.counter({
    name: 'requests_total',
    help: 'Requests.',
    labels: ['verb', 'code'],
  })
  requests.add(labelKey('GET', '200'))
  requests.add(labelKey('GET', '200'), 2)
  requests.add(labelKey('say "hi"\n', '500'))
  const seconds = registry.histogram({ name: 'duration_seconds', help: 'Time.', buckets: [0.1, 1] })
  seconds.observe('', 0.05)
  seconds.observe('', 0.5)
  seconds.observe('', 5)
  registry.gauge({ name: 'inflight', help: 'Now.' }, () => [['', 7]])
  assert.equal(
    registry.expose(),
    `# HELP duration_seconds Time.
# TYPE duration_seconds histogram
duration_seconds_bucket{le="0.1"} 1
duration_seconds_bucket{le="1"} 2
duration_seconds_bucket{le="+Inf"} 3
duration_seconds_sum 5.55
duration_seconds_count 3
# HELP inflight Now.
# TYPE inflight gauge
inflight 7
# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",code="200"} 3
requests_total{verb="say \\"hi\\"\\n",code="500"} 1
`,
  )
})

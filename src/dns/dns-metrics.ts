/** CoreDNS's metrics, by its names. Upstream: coredns plugin/metrics at v1.12. */
import { exponentialBuckets, MetricRegistry } from '#base/metrics.ts'
import type { Transport } from './exchange.ts'
import type { Query } from './wire.ts'

export interface DnsMetrics {
  readonly registry: MetricRegistry
  observe(asked: {
    query: Query | undefined
    answer: Buffer
    transport: Transport
    zone: string
    seconds: number
  }): void
}

const codes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
/** Others are counted together: clients choose the type. */
const types = ['A', 'AAAA', 'CNAME', 'HTTPS', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT']

export function dnsMetrics(): DnsMetrics {
  const registry = new MetricRegistry()
  const requests = registry.counter({
    name: 'coredns_dns_requests_total',
    help: 'Counter of DNS requests made per zone, protocol and family.',
    labels: ['zone', 'proto', 'type'],
  })
  const responses = registry.counter({
    name: 'coredns_dns_responses_total',
    help: 'Counter of response status codes.',
    labels: ['zone', 'rcode'],
  })
  const durations = registry.histogram({
    name: 'coredns_dns_request_duration_seconds',
    help: 'Histogram of the time (in seconds) each request took per zone.',
    labels: ['zone'],
    buckets: exponentialBuckets(0.00025, 2, 16),
  })
  return {
    registry,
    observe({ query, answer, transport, zone, seconds }) {
      const type = types.find((each) => each === query?.type) ?? 'other'
      requests.add(1, { zone, proto: transport, type })
      responses.add(1, { zone, rcode: codes[answer.readUInt16BE(2) & 15] ?? 'other' })
      durations.observe(seconds, { zone })
    },
  }
}

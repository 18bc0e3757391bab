/** Upstream's expectations: coredns plugin/kubernetes/handler_test.go and reverse_test.go. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DnsRecord } from './records.ts'
import { sampleView, sampleZone } from './samples.ts'
import { resolve, soaRecord } from './zone.ts'

/** `A 10.0.0.1`; the name in front when it is not the one that was asked for. */
function show(record: DnsRecord, asked: string): string {
  const data =
    record.type === 'SRV'
      ? `${record.data.priority} ${record.data.weight} ${record.data.port} ${record.data.target}`
      : record.type === 'SOA'
        ? record.data.mname
        : record.data
  const ttl = record.ttl === 30 ? '' : `${record.ttl} `
  return `${record.name === asked ? '' : `${record.name} `}${ttl}${record.type} ${data}`
}

function ask(name: string, type: string): string[] {
  const found = resolve({ name, type }, sampleZone, sampleView)
  if (found.kind === 'alias') return [`follow ${found.record.data}`]
  if (found.kind !== 'records') return [found.kind]
  const extra = found.additionals.map((record) => `+ ${show(record, name)}`)
  return [...found.answers.map((record) => show(record, name)), ...extra]
}

const cases: readonly [question: string, ...expected: string[]][] = [
  ['svc1.ns1.svc.cluster.local A', 'A 10.0.0.1'],
  ['SVC1.ns1.svc.Cluster.LOCAL A', 'A 10.0.0.1'],
  ['svc1.ns1.svc.cluster.local AAAA', 'no-data'],
  ['svc1.ns1.svc.cluster.local MX', 'no-data'],
  ['svc1.ns1.svc.cluster.local TXT', 'no-data'],
  ['svc1.ns1.svc.cluster.local CNAME', 'no-data'],
  ['svc1.ns1.svc.cluster.local SOA', 'no-data'],
  ['svc1.ns1.svc.cluster.local SRV', 'SRV 0 100 80 svc1.ns1.svc.cluster.local', '+ A 10.0.0.1'],
  [
    '_http._tcp.svc1.ns1.svc.cluster.local SRV',
    'SRV 0 100 80 svc1.ns1.svc.cluster.local',
    '+ svc1.ns1.svc.cluster.local A 10.0.0.1',
  ],
  ['_http._tcp.svc1.ns1.svc.cluster.local A', 'A 10.0.0.1'],
  ['_http._udp.svc1.ns1.svc.cluster.local SRV', 'no-name'],
  ['_none._tcp.svc1.ns1.svc.cluster.local SRV', 'no-name'],
  [
    'two-ports.ns1.svc.cluster.local SRV',
    'SRV 0 50 80 two-ports.ns1.svc.cluster.local',
    'SRV 0 50 53 two-ports.ns1.svc.cluster.local',
    '+ A 10.0.0.2',
  ],
  ['dual.ns1.svc.cluster.local A', 'A 10.0.0.3'],
  ['dual.ns1.svc.cluster.local AAAA', 'AAAA fd00::3'],
  [
    'dual.ns1.svc.cluster.local SRV',
    'SRV 0 50 80 dual.ns1.svc.cluster.local',
    '+ A 10.0.0.3',
    '+ AAAA fd00::3',
  ],
  ['hdls.ns1.svc.cluster.local A', 'A 172.0.0.2', 'A 172.0.0.3'],
  ['hdls.ns1.svc.cluster.local AAAA', 'AAAA fd00:1::2'],
  [
    '_http._tcp.hdls.ns1.svc.cluster.local SRV',
    'SRV 0 33 80 172-0-0-2.hdls.ns1.svc.cluster.local',
    'SRV 0 33 80 web-0.hdls.ns1.svc.cluster.local',
    'SRV 0 33 80 fd00-1--2.hdls.ns1.svc.cluster.local',
    '+ 172-0-0-2.hdls.ns1.svc.cluster.local A 172.0.0.2',
    '+ web-0.hdls.ns1.svc.cluster.local A 172.0.0.3',
    '+ fd00-1--2.hdls.ns1.svc.cluster.local AAAA fd00:1::2',
  ],
  ['172-0-0-2.hdls.ns1.svc.cluster.local A', 'A 172.0.0.2'],
  ['web-0.hdls.ns1.svc.cluster.local A', 'A 172.0.0.3'],
  ['172-0-0-4.hdls.ns1.svc.cluster.local A', 'no-name'],
  ['fd00-1--2.hdls.ns1.svc.cluster.local AAAA', 'AAAA fd00:1::2'],
  ['172-0-0-9.svc1.ns1.svc.cluster.local A', 'A 172.0.0.9'],
  ['bogus.svc1.ns1.svc.cluster.local A', 'no-name'],
  ['portless.ns1.svc.cluster.local A', 'A 172.0.0.20'],
  ['portless.ns1.svc.cluster.local SRV', 'no-data'],
  ['172-0-0-20.portless.ns1.svc.cluster.local A', 'A 172.0.0.20'],
  ['no-pods.ns1.svc.cluster.local A', 'no-name'],
  ['external.ns1.svc.cluster.local CNAME', 'CNAME ext.example.test'],
  ['external.ns1.svc.cluster.local A', 'follow ext.example.test'],
  ['external.ns1.svc.cluster.local SRV', 'no-data'],
  ['endpoint.external.ns1.svc.cluster.local CNAME', 'no-name'],
  ['loop.ns1.svc.cluster.local A', 'no-data'],
  ['svc0.ns1.svc.cluster.local A', 'no-name'],
  ['svc1.ns0.svc.cluster.local A', 'no-name'],
  ['a.b.c.svc1.ns1.svc.cluster.local A', 'no-name'],
  ['ns1.svc.cluster.local A', 'no-data'],
  ['ns1.svc.cluster.local NS', 'no-data'],
  ['svc.cluster.local A', 'no-data'],
  ['pod.cluster.local A', 'no-data'],
  ['foo.svc.cluster.local NS', 'no-name'],
  ['foo.cluster.local NS', 'no-name'],
  ['10-0-0-7.ns1.pod.cluster.local A', 'A 10.0.0.7'],
  ['10-0-0-7.ns1.pod.cluster.local AAAA', 'no-data'],
  ['fd00--7.ns1.pod.cluster.local AAAA', 'AAAA fd00::7'],
  ['10-0-0-7.ns0.pod.cluster.local A', 'no-name'],
  ['bogus.ns1.pod.cluster.local A', 'no-name'],
  ['ns1.pod.cluster.local A', 'no-data'],
  ['dns-version.cluster.local TXT', '28800 TXT 1.1.0'],
  ['dns-version.cluster.local A', 'no-data'],
  ['cluster.local A', 'no-data'],
  ['cluster.local SOA', 'SOA ns.dns.cluster.local'],
  ['cluster.local NS', 'NS ns.dns.cluster.local', '+ ns.dns.cluster.local A 10.96.0.10'],
  ['ns.dns.cluster.local A', 'A 10.96.0.10'],
  ['ns.dns.cluster.local AAAA', 'no-data'],
  ['notcluster.local A', 'foreign'],
  ['example.com A', 'foreign'],
  ['1.0.0.10.in-addr.arpa PTR', 'PTR svc1.ns1.svc.cluster.local'],
  ['1.0.0.10.in-addr.arpa A', 'no-data'],
  ['2.0.0.172.in-addr.arpa PTR', 'PTR 172-0-0-2.hdls.ns1.svc.cluster.local'],
  ['3.0.0.172.in-addr.arpa PTR', 'PTR web-0.hdls.ns1.svc.cluster.local'],
  ['4.0.0.172.in-addr.arpa PTR', 'foreign'],
  ['9.9.9.9.in-addr.arpa PTR', 'foreign'],
  ['0.0.10.in-addr.arpa PTR', 'foreign'],
  [
    '3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa PTR',
    'PTR dual.ns1.svc.cluster.local',
  ],
]

for (const [question, ...expected] of cases) {
  test(`${question} → ${expected.join(', ')}`, () => {
    const [name = '', type = ''] = question.split(' ')
    assert.deepEqual(ask(name, type), expected)
  })
}

test('the SOA of the zone', () => {
  assert.deepEqual(soaRecord(sampleZone, sampleView), {
    type: 'SOA',
    name: 'cluster.local',
    ttl: 30,
    data: {
      mname: 'ns.dns.cluster.local',
      rname: 'hostmaster.cluster.local',
      serial: 1_499_347_823,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: 30,
    },
  })
})

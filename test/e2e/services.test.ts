/** Services and names as pods see them: every kind of record, every kind of Service. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startCluster, type TestCluster } from './cluster.ts'
import { eventually, run } from './kubectl.ts'

const ns = `names-${process.pid}`

function service(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: ns }, spec }
}

const ports = [{ name: 'http', port: 80 }]
const web = { app: 'web' }
const nginx = { name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] }

const objects = [
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: ns },
    spec: {
      replicas: 2,
      serviceName: 'headless',
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: web },
      template: { metadata: { labels: web }, spec: { containers: [nginx] } },
    },
  },
  service('plain', { selector: web, ports }),
  service('headless', { clusterIP: 'None', selector: web, ports }),
  service('elsewhere', { type: 'ExternalName', externalName: 'plain.example.org' }),
  service('nobody', { selector: { app: 'nobody' }, ports }),
  service('sticky', { selector: web, ports, sessionAffinity: 'ClientIP' }),
  service('outside', { selector: web, ports, externalIPs: ['203.0.113.7'] }),
]

suite('services and names', () => {
  let cluster: TestCluster
  let dnsIp = ''
  const get = (args: string): Promise<string> => cluster.ok(`-n ${ns} ${args}`)
  const dig = async (args: string): Promise<readonly string[]> => {
    const { stdout } = await run('dig', [
      `@${dnsIp}`,
      '+short',
      '+time=2',
      '+tries=1',
      ...args.split(' '),
    ])
    return stdout.trim().split('\n').filter(Boolean).toSorted()
  }

  before(async () => {
    cluster = await startCluster()
    await cluster.ok(`create namespace ${ns}`)
    await cluster.ok(['create', '-f', '-'], {
      input: JSON.stringify({ kind: 'List', apiVersion: 'v1', items: objects }),
    })
    await cluster.ok(`-n ${ns} rollout status statefulset/web --timeout=90s`, {
      timeoutMs: 100_000,
    })
    dnsIp = await cluster.ok('-n kube-system get service kube-dns -o jsonpath={.spec.clusterIP}')
  })
  after(async () => {
    await cluster.kubectl(`delete namespace ${ns} --timeout=90s`, { timeoutMs: 100_000 })
  })

  test('the DNS is the tenth service address', () => assert.equal(dnsIp, '10.96.0.10'))

  test('A, SRV, PTR, headless, ExternalName and pod records', { timeout: 60_000 }, async () => {
    const zone = `${ns}.svc.cluster.local`
    const clusterIp = await get('get service plain -o jsonpath={.spec.clusterIP}')
    const ips = (await get('get pods -o jsonpath={.items[*].status.podIP}')).split(' ').toSorted()
    const first = await get('get pod web-0 -o jsonpath={.status.podIP}')
    await eventually('the headless service has both', async () => {
      assert.deepEqual(await dig(`A headless.${zone}`), ips)
      return true
    })
    assert.deepEqual(await dig(`A plain.${zone}`), [clusterIp])
    assert.deepEqual(await dig(`SRV _http._tcp.plain.${zone}`), [`0 100 80 plain.${zone}.`])
    assert.deepEqual(
      await dig(`SRV _http._tcp.headless.${zone}`),
      ['0', '1'].map((index) => `0 50 80 web-${index}.headless.${zone}.`),
    )
    assert.deepEqual(await dig(`A web-0.headless.${zone}`), [first])
    assert.deepEqual(await dig(`-x ${clusterIp}`), [`plain.${zone}.`])
    assert.ok((await dig(`-x ${first}`)).includes(`web-0.headless.${zone}.`))
    assert.deepEqual(await dig(`CNAME elsewhere.${zone}`), ['plain.example.org.'])
    assert.deepEqual(await dig(`A ${first.replaceAll('.', '-')}.${ns}.pod.cluster.local`), [first])
    assert.deepEqual(await dig(`AAAA plain.${zone}`), [])
    const { stdout } = await run('dig', [`@${dnsIp}`, '+time=2', '+tries=1', `nothing.${zone}`])
    assert.match(stdout, /status: NXDOMAIN/)
    assert.match(stdout, /^cluster\.local\.\s+\d+\s+IN\s+SOA\s/m)
    assert.deepEqual(await dig(`+tcp A plain.${zone}`), [clusterIp])
  })

  test('by short name, affinity, an external address, and nobody there', async () => {
    const script = [
      'wget -qO- http://plain | grep -c "Welcome to nginx"',
      `wget -qO- http://plain.${ns}.svc | grep -c "Welcome to nginx"`,
      'for i in 1 2 3 4 5 6; do wget -qO- http://sticky >/dev/null && echo ok; done',
      'wget -qO- http://203.0.113.7 | grep -c "Welcome to nginx"',
      'wget -qO- http://nobody 2>&1 | grep -o "Connection refused"',
    ].join('; ')
    const visitor = ['run', 'visitor', '--restart=Never', '--image=busybox']
    await cluster.ok(['-n', ns, ...visitor, '--', 'sh', '-c', script])
    await get('wait --for=jsonpath={.status.phase}=Succeeded pod/visitor --timeout=50s')
    const printed = await get('logs visitor')
    assert.equal(printed, `2\n2\n${'ok\n'.repeat(6)}2\nConnection refused\n`)
    const reached = await Promise.all(
      ['web-0', 'web-1'].map(async (pod) => {
        const log = await get(`logs ${pod}`)
        const visitorIp = /^(10\.244\.\S+) .*GET \/ /m.exec(log)?.[1] ?? ''
        return log.split('\n').filter((line) => line.startsWith(visitorIp)).length
      }),
    )
    assert.ok(Math.max(...reached) >= 6, `six requests went to one pod: ${reached.join()}`)
  })

  test(
    'flushed rules come back, foreign ones are never touched',
    { timeout: 120_000 },
    async () => {
      const clusterIp = await get('get service plain -o jsonpath={.spec.clusterIP}')
      await run('iptables', ['-t', 'nat', '-N', 'FOREIGN'])
      await run('iptables', ['-t', 'nat', '-A', 'FOREIGN', '-s', '198.51.100.1', '-j', 'RETURN'])
      try {
        await run('iptables', ['-t', 'nat', '-F', 'KUBE-SERVICES'])
        await eventually(
          'the service is reached again',
          // A connection of its own each time: one that was not translated stays so.
          async () =>
            /Welcome to nginx/.test((await run('curl', ['-s', '-m', '2', clusterIp])).stdout),
          90_000,
        )
        const { stdout } = await run('iptables', ['-t', 'nat', '-S', 'FOREIGN'])
        assert.match(stdout, /-A FOREIGN -s 198\.51\.100\.1\/32 -j RETURN/)
      } finally {
        await run('iptables', ['-t', 'nat', '-F', 'FOREIGN'])
        await run('iptables', ['-t', 'nat', '-X', 'FOREIGN'])
      }
    },
  )
})

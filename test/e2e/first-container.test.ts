/** The chapter's main job: run nginx, expose it, reach it on every road, delete it. */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { eventually, run } from './kubectl.ts'

const welcome = /<title>Welcome to nginx!<\/title>/

async function fetchPage(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  return answer.text()
}

suite('the first container', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test(
    'deployment, service, pages on every road, and nothing left',
    { timeout: 240_000 },
    async () => {
      await withNamespace(cluster, 'book', async (ns) => {
        const create = [
          '-n',
          ns,
          'create',
          'deployment',
          'my-first-nginx',
          '--image=nginx',
          '--replicas=2',
          '--port=80',
        ]
        assert.equal(await cluster.ok(create), 'deployment.apps/my-first-nginx created\n')
        const again = await cluster.kubectl(create)
        assert.equal(again.code, 1)
        assert.equal(
          again.stderr,
          'error: failed to create deployment: deployments.apps "my-first-nginx" already exists\n',
        )
        await cluster.ok([
          '-n',
          ns,
          'rollout',
          'status',
          'deployment/my-first-nginx',
          '--timeout=90s',
        ])

        const pods = (await cluster.ok(`-n ${ns} get pods -o wide --no-headers`)).trim().split('\n')
        assert.equal(pods.length, 2)
        for (const pod of pods) {
          assert.match(
            pod,
            /^my-first-nginx-[a-z0-9]{8,10}-[a-z0-9]{5}\s+1\/1\s+Running\s+0\s+\S+\s+10\.244\.\d+\.\d+\s/,
          )
        }
        const podIp = /10\.244\.\d+\.\d+/.exec(pods[0] ?? '')?.[0] ?? ''
        assert.match(await fetchPage(`http://${podIp}`), welcome)

        assert.equal(
          await cluster.ok(
            `-n ${ns} expose deployment my-first-nginx --port=80 --type=LoadBalancer`,
          ),
          'service/my-first-nginx exposed\n',
        )
        const service = await eventually('the load balancer has an address', async () => {
          const row = (await cluster.ok(`-n ${ns} get service my-first-nginx --no-headers`)).trim()
          return row.includes('<pending>') ? undefined : row
        })
        const [, type, clusterIp, externalIp, ports] = service.split(/\s+/)
        assert.equal(type, 'LoadBalancer')
        const nodePort = /^80:(3\d{4})\/TCP$/.exec(ports ?? '')?.[1] ?? ''
        const nodeIp = await cluster.ok([
          'get',
          'nodes',
          '-o',
          'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}',
        ])
        assert.equal(externalIp, nodeIp)
        for (const url of [
          `http://${clusterIp}`,
          `http://${nodeIp}:${nodePort}`,
          `http://${externalIp}`,
        ]) {
          await eventually(url, async () => welcome.test(await fetchPage(url)))
        }

        const described = await cluster.ok(`-n ${ns} describe service my-first-nginx`)
        assert.match(described, /^Selector: +app=my-first-nginx$/m)
        assert.match(described, /^Endpoints: +10\.244\.\d+\.\d+:80,10\.244\.\d+\.\d+:80$/m)
        assert.match(described, new RegExp(`^NodePort: +<unset> +${nodePort}/TCP$`, 'm'))

        const names = (await cluster.ok(`-n ${ns} get pods -o name`)).trim().split('\n')
        await cluster.ok(
          `-n ${ns} run visitor --restart=Never --image=busybox -- wget -qO- http://my-first-nginx`,
        )
        await cluster.ok(
          `-n ${ns} wait --for=jsonpath={.status.phase}=Succeeded pod/visitor --timeout=50s`,
        )
        const page = await cluster.ok(`-n ${ns} logs visitor`)
        assert.match(page, welcome, 'by name from another pod')
        assert.match(
          await cluster.ok(['-n', ns, 'logs', '-l', 'app=my-first-nginx', '--tail=-1']),
          /"GET \/ HTTP\/1\.1" 200/,
        )
        assert.match(
          await cluster.ok(['-n', ns, 'describe', names[0] ?? '']),
          /Normal\s+Started\s+\S+\s+kubelet\s+/,
        )

        assert.match(
          await cluster.ok(`-n ${ns} delete deployment my-first-nginx`),
          /^deployment\.apps "my-first-nginx" deleted/,
        )
        await eventually(
          'its pods are gone',
          async () => (await cluster.ok(`-n ${ns} get pods -o name`)) === 'pod/visitor\n',
          60_000,
        )
        await cluster.ok(`-n ${ns} delete service my-first-nginx`)
        await eventually('its rules are gone', async () => {
          const { stdout } = await run('iptables-save', ['-t', 'nat'])
          return !stdout.includes(`${ns}/my-first-nginx`)
        })
      })
    },
  )
})

/** Processes are killed; containers go on, nothing is lost, the cluster heals by itself. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, suite, test } from 'node:test'
import { profile, startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { eventually } from './kubectl.ts'

function pidOf(program: string): number {
  return Number(readFileSync(`/run/k8ts/${profile}/${program}.child`, 'utf8'))
}

suite('healing', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  for (const program of ['control-plane', 'node'] as const) {
    test(`kill -9 of the ${program} process`, { timeout: 240_000 }, async () => {
      await withNamespace(cluster, 'heal', async (ns) => {
        await cluster.ok(`-n ${ns} create deployment web --image=nginx --replicas=2`)
        await cluster.ok(`-n ${ns} rollout status deployment/web --timeout=60s`)
        const containers = (): Promise<string> =>
          cluster.ok([
            '-n',
            ns,
            'get',
            'pods',
            '--sort-by=.metadata.name',
            '-o',
            'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
          ])
        const before = await containers()
        const acknowledged: string[] = []
        const killed = pidOf(program)
        for (let index = 0; index < 20; index++) {
          if (index === 10) process.kill(killed, 'SIGKILL')
          const made = await cluster.kubectl(`-n ${ns} create configmap c${index}`)
          if (made.code === 0) acknowledged.push(`configmap/c${index}`)
        }
        await eventually('the process is back', () => pidOf(program) !== killed)
        await eventually(
          'the API answers',
          async () => (await cluster.kubectl('get --raw /readyz')).code === 0,
        )
        const present = (await cluster.ok(`-n ${ns} get cm -o name`)).split('\n')
        assert.deepEqual(
          acknowledged.filter((name) => !present.includes(name)),
          [],
          'nothing acknowledged is lost',
        )
        assert.ok(acknowledged.length >= 10)

        await cluster.ok(`-n ${ns} scale deployment web --replicas=3`)
        await cluster.ok(`-n ${ns} rollout status deployment/web --timeout=90s`, {
          timeoutMs: 100_000,
        })
        const after = await containers()
        for (const line of before.trim().split('\n')) {
          assert.ok(after.includes(line), `the container goes on, not restarted: ${line}\n${after}`)
        }
        assert.match(await cluster.ok('get nodes'), /\sReady\s/)
      })
    })
  }
})

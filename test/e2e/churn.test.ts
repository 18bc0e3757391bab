/** Two pods a second, six hundred in all, created and deleted, leave nothing on the machine. */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { podTraces, strayShims } from './machine.ts'
import { eventually } from './kubectl.ts'

const podsMade = 600
const periodMs = 500
/** A slow machine makes them less often: they are counted, not timed. */
const slowest = 3

/** What is there when it has stopped changing: a cluster that has just started still writes rules. */
async function settled(): Promise<Awaited<ReturnType<typeof podTraces>>> {
  let last = ''
  return eventually('the rules are written', async () => {
    const seen = await podTraces()
    const isSame = JSON.stringify(seen) === last
    last = JSON.stringify(seen)
    if (!isSame) await new Promise((resolve) => setTimeout(resolve, 3_000))
    return isSame && seen
  })
}

suite('churn', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test(
    'pods come and go; containers, mounts, veths and rules go with them',
    { timeout: slowest * podsMade * periodMs + 60_000 },
    async (context) => {
      await withNamespace(cluster, 'churn', async (ns) => {
        await eventually(
          'the machine is quiet',
          async () => (await cluster.ok('get pods -A -o name')) === '',
          90_000,
        )
        const before = await settled()
        const started = performance.now()
        const running: Promise<unknown>[] = []
        for (let count = 1; count <= podsMade; count++) {
          const name = `p${count}`
          running.push(
            cluster.ok(`-n ${ns} run ${name} --image=busybox --restart=Never -- sleep 3600`),
          )
          if (count > 10)
            running.push(
              cluster.ok(`-n ${ns} delete pod p${count - 10} --wait=false --grace-period=1`),
            )
          await new Promise((resolve) =>
            setTimeout(resolve, Math.max(0, started + count * periodMs - performance.now())),
          )
        }
        await Promise.all(running)
        const seconds = (performance.now() - started) / 1000
        context.diagnostic(`${podsMade} pods in ${seconds.toFixed(0)} s`)
        await cluster.ok(
          `-n ${ns} wait --for=condition=Ready pod/p${podsMade} pod/p${podsMade - 1} --timeout=180s`,
          { timeoutMs: 190_000 },
        )
        await cluster.ok(`-n ${ns} delete pods --all --grace-period=1 --timeout=120s`, {
          timeoutMs: 130_000,
        })
        await eventually(
          'nothing is left',
          async () => {
            assert.deepEqual(await podTraces(), before)
            return true
          },
          60_000,
        ).catch(async () => assert.deepEqual(await podTraces(), before))
        context.diagnostic(`shims that outlived their pods: ${await strayShims()}`)
      })
    },
  )
})

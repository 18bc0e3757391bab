/** A Deployment's life: scale, a new image, its history, the way back. */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { eventually } from './kubectl.ts'

suite('rollouts', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test('scale, set image, rollout status, history and undo', { timeout: 240_000 }, async () => {
    await withNamespace(cluster, 'rollout', async (ns) => {
      const image = (): Promise<string> =>
        cluster.ok(['-n', ns, 'get', 'pods', '-o', 'jsonpath={.items[*].spec.containers[0].image}'])
      await cluster.ok(`-n ${ns} create deployment web --image=nginx:stable --replicas=1`)
      await cluster.ok(`-n ${ns} rollout status deployment/web --timeout=60s`)
      assert.equal(
        await cluster.ok(`-n ${ns} scale deployment web --replicas=3`),
        'deployment.apps/web scaled\n',
      )
      assert.match(
        await cluster.ok(`-n ${ns} rollout status deployment/web --timeout=60s`),
        /deployment "web" successfully rolled out/,
      )
      assert.equal(await image(), 'nginx:stable nginx:stable nginx:stable')

      assert.equal(
        await cluster.ok(`-n ${ns} set image deployment/web nginx=nginx:1.22`),
        'deployment.apps/web image updated\n',
      )
      await cluster.ok(`-n ${ns} rollout status deployment/web --timeout=90s`)
      await eventually(
        'only new pods are left',
        async () => (await image()) === 'nginx:1.22 nginx:1.22 nginx:1.22',
      )
      assert.match(
        await cluster.ok(`-n ${ns} rollout history deployment/web`),
        /^1 +<none>\n2 +<none>$/m,
      )

      assert.equal(
        await cluster.ok(`-n ${ns} rollout undo deployment/web`),
        'deployment.apps/web rolled back\n',
      )
      await cluster.ok(`-n ${ns} rollout status deployment/web --timeout=90s`)
      await eventually(
        'the old image is back',
        async () => (await image()) === 'nginx:stable nginx:stable nginx:stable',
      )
      assert.match(
        await cluster.ok(`-n ${ns} rollout history deployment/web`),
        /^2 +<none>\n3 +<none>$/m,
      )
    })
  })

  test('an image that does not exist says so', { timeout: 120_000 }, async () => {
    await withNamespace(cluster, 'noimage', async (ns) => {
      await cluster.ok(`-n ${ns} run lost --image=no-such-image-anywhere:1`)
      await eventually('ImagePullBackOff', async () =>
        /lost +0\/1 +(?:ErrImagePull|ImagePullBackOff)/.test(await cluster.ok(`-n ${ns} get pods`)),
      )
      assert.match(
        await cluster.ok(`-n ${ns} describe pod lost`),
        /Failed to pull image "no-such-image-anywhere:1"/,
      )
    })
  })

  test('a pod that fits nowhere says why', { timeout: 120_000 }, async () => {
    await withNamespace(cluster, 'toobig', async (ns) => {
      await cluster.ok([
        '-n',
        ns,
        'run',
        'big',
        '--image=nginx',
        '--overrides={"spec":{"containers":[{"name":"big","image":"nginx","resources":{"requests":{"cpu":"1000"}}}]}}',
      ])
      const message = await eventually('the scheduler has said why', async () => {
        const text = await cluster.ok([
          '-n',
          ns,
          'get',
          'events',
          '--field-selector=reason=FailedScheduling',
          '-o',
          'jsonpath={.items[*].message}',
        ])
        return text === '' ? undefined : text
      })
      assert.match(message, /^0\/1 nodes are available: 1 Insufficient cpu\./)
      assert.match(await cluster.ok(`-n ${ns} get pods`), /big +0\/1 +Pending/)
    })
  })
})

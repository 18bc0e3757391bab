/** minikube's own life: start twice, stop and start again, delete without a trace. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'
import {
  environment,
  kubeconfig,
  minikube,
  minikubePath,
  profile,
  startCluster,
  type TestCluster,
} from './cluster.ts'
import { run } from './kubectl.ts'
import { traces } from './machine.ts'

suite('the life of a cluster', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test('status, ip and a version that it is not', async () => {
    const status = await minikube(['status'])
    assert.equal(status.code, 0)
    assert.match(
      status.stdout,
      new RegExp(
        `^${profile}\ntype: Control Plane\nhost: Running\nkubelet: Running\napiserver: Running\nkubeconfig: Configured\n`,
      ),
    )
    assert.match((await minikube(['ip'])).stdout, /^\d+\.\d+\.\d+\.\d+\n$/)
    const other = await minikube(['start', '--kubernetes-version=v1.20.0'])
    assert.notEqual(other.code, 0)
    assert.match(other.stderr, /v1\.20\.0/)
    const second = await run(minikubePath, ['start', '-p', 'second'], { env: environment })
    assert.notEqual(second.code, 0)
    assert.match(second.stderr, new RegExp(`the cluster "${profile}" runs on this machine`))
  })

  test(
    'stop and start keep every object and every pod comes back',
    { timeout: 240_000 },
    async () => {
      await cluster.ok('create configmap kept --from-literal=a=1')
      await cluster.ok('create deployment kept --image=nginx')
      await cluster.ok('rollout status deployment/kept --timeout=60s')
      const uid = await cluster.ok('get cm kept -o jsonpath={.metadata.uid}')
      const stopped = await minikube(['stop'])
      assert.equal(stopped.code, 0, stopped.stderr)
      assert.deepEqual((await traces()).processes, [], 'no process runs')
      assert.equal(
        (await minikube(['status'])).code & 7,
        7,
        'host, kubelet and API server are down',
      )
      cluster = await startCluster()
      assert.equal(await cluster.ok('get cm kept -o jsonpath={.metadata.uid}'), uid)
      await cluster.ok('wait --for=condition=Available deployment/kept --timeout=60s', {
        timeoutMs: 70_000,
      })
      await cluster.ok('delete deployment,configmap kept')
    },
  )

  test('the kubeconfig keeps what is not ours', async () => {
    const text = readFileSync(kubeconfig, 'utf8')
    for (const part of [
      'name: other',
      'https://other.example:6443',
      'token: secret',
      `current-context: ${profile}`,
    ]) {
      assert.ok(text.includes(part), `${part}\n${text}`)
    }
  })

  test('delete leaves nothing behind', { timeout: 120_000 }, async () => {
    const deleted = await minikube(['delete'])
    assert.equal(deleted.code, 0, deleted.stderr)
    const empty = {
      mounts: [],
      interfaces: [],
      namespaces: [],
      rules: [],
      processes: [],
      cgroups: [],
    }
    assert.deepEqual(await traces(), empty)
    for (const path of [
      `/var/lib/k8ts/${profile}`,
      `/run/k8ts/${profile}`,
      `/var/log/k8ts/${profile}`,
      join(environment['MINIKUBE_HOME'] ?? '', 'profiles', profile),
    ]) {
      assert.ok(!existsSync(path), `${path} is left`)
    }
    const text = readFileSync(kubeconfig, 'utf8')
    assert.ok(text.includes('name: other') && !text.includes(`name: ${profile}`), text)
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import { configmaps } from '#api/resources.gen.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeRuntime } from '#testing/cri.ts'
import { inWorld, makeHost } from '#testing/pod-world.ts'
import type { PodWorld } from '#testing/pod-world.ts'
import { PodWorker } from './worker.ts'

const podMetadata = {
  name: 'web',
  namespace: 'ns',
  uid: 'u1',
  resourceVersion: '1',
  creationTimestamp: '2030-01-01T00:00:00Z',
}

function podOf(spec: Partial<PodSpec> = {}): Pod {
  const container: Container = { name: 'c', image: 'busybox:1', imagePullPolicy: 'IfNotPresent' }
  return {
    metadata: podMetadata,
    spec: { restartPolicy: 'Always', containers: [container], ...spec },
  }
}

const waitingOf = ({ status }: PodWorld) => status().containerStatuses?.[0]?.state?.waiting
const options = { timeout: 20_000 }

test('a pod starts: sandbox, container, status, events', options, () =>
  inWorld(podOf(), async (world) => {
    await world.until('running', () => world.status().phase === 'Running')
    assert.deepEqual(world.runtime.calls, ['sandbox 0', 'create c', 'start c'])
    assert.deepEqual(world.events, [
      'Normal spec.containers{c} Pulled: Container image "busybox:1" already present on machine and can be accessed by the pod',
      'Normal spec.containers{c} Created: Container created',
      'Normal spec.containers{c} Started: Container started',
    ])
    assert.equal(world.status().podIP, '10.0.0.1')
    assert.equal(world.status().containerStatuses?.[0]?.ready, true)
  }),
)

test('an absent image is pulled; a pull that fails backs off, longer each time', options, () =>
  inWorld(
    podOf({ containers: [{ name: 'c', image: 'app:1' }] }),
    async (world) => {
      await world.until('failed', () => waitingOf(world)?.reason === 'ErrImagePull')
      assert.equal(waitingOf(world)?.message, 'rpc error: code = Unknown desc = no route')
      await world.clock.advance(10_000)
      await world.until(
        'pulled again',
        () => world.runtime.calls.filter((call) => call === 'pull app:1').length === 2,
      )
      await world.clock.advance(10_000)
      await world.until('backs off', () => waitingOf(world)?.reason === 'ImagePullBackOff')
      assert.equal(
        waitingOf(world)?.message,
        'Back-off pulling image "app:1": ErrImagePull: rpc error: code = Unknown desc = no route',
      )
      world.runtime.failures.clear()
      await world.clock.advance(10_000)
      await world.until('running', () => world.status().phase === 'Running')
      assert.match(
        world.events.join('\n'),
        /Pulled: Successfully pulled image "app:1" in 0s \(0s including waiting\). Image size: 1234 bytes\./,
      )
    },
    ({ runtime }) => runtime.failures.set('pull', 'no route'),
  ),
)

test('a container that crashes rests 10 s, then 20 s', options, () =>
  inWorld(podOf(), async (world) => {
    const starts = (): number => world.runtime.calls.filter((call) => call === 'start c').length
    const crash = async (): Promise<void> => {
      world.runtime.exit('c', 3)
      await world.worker.runtimeChanged()
    }
    await world.until('running', () => starts() === 1)
    await crash()
    await world.until('started again at once', () => starts() === 2)
    await crash()
    await world.until('rests', () => waitingOf(world)?.reason === 'CrashLoopBackOff')
    assert.equal(
      waitingOf(world)?.message,
      'back-off 10s restarting failed container=c pod=web_ns(u1)',
    )
    await world.clock.advance(9_000)
    assert.equal(starts(), 2)
    await world.clock.advance(1_001)
    await world.until('started a third time', () => starts() === 3)
    await crash()
    await world.until('rests longer', () => waitingOf(world)?.message?.includes('20s') === true)
    assert.equal(world.status().containerStatuses?.[0]?.restartCount, 2)
    assert.match(
      world.events.join('\n'),
      /BackOff: Back-off restarting failed container c in pod web_ns\(u1\)/,
    )
  }),
)

test('init containers run one after another, then the container', options, () =>
  inWorld(
    podOf({ initContainers: ['a', 'b'].map((name) => ({ name, image: 'busybox:1' })) }),
    async (world) => {
      for (const name of ['a', 'b']) {
        await world.until(`${name} runs`, () => world.runtime.running.includes(name))
        assert.deepEqual(world.runtime.running, [name])
        world.runtime.exit(name, 0)
        await world.worker.runtimeChanged()
      }
      await world.until('running', () => world.status().phase === 'Running')
      assert.deepEqual(world.runtime.running, ['c'])
    },
  ),
)

test('a pod that is done gives back what it held and keeps its container', options, () =>
  inWorld(podOf({ restartPolicy: 'Never' }), async (world) => {
    await world.until('running', () => world.status().phase === 'Running')
    world.runtime.exit('c', 0)
    await world.worker.runtimeChanged()
    await world.until('ended', world.ended)
    assert.equal(world.status().phase, 'Succeeded')
    assert.deepEqual(world.runtime.calls.slice(3), ['stop-sandbox'])
  }),
)

test('a deleted pod: TERM with its grace, sandbox stopped, then nothing is left', options, () =>
  inWorld(podOf(), async (world) => {
    await world.until('running', () => world.status().phase === 'Running')
    world.worker.update({
      ...podOf(),
      metadata: {
        ...podMetadata,
        deletionTimestamp: '2030-01-01T00:00:10Z',
        deletionGracePeriodSeconds: 10,
      },
    })
    await world.until('ended', world.ended)
    assert.deepEqual(world.runtime.calls.slice(3), ['stop c 10', 'stop-sandbox'])
    assert.match(world.events.at(-1) ?? '', /Killing: Stopping container c/)
    world.worker.remove()
    await world.until('purged', () => world.runtime.calls.includes('remove-sandbox'))
  }),
)

test('a second deletion with less grace shortens the first', options, () =>
  inWorld(podOf(), async (world) => {
    await world.until('running', () => world.status().phase === 'Running')
    const deleted = (seconds: number): Pod => ({
      ...podOf(),
      metadata: { ...podMetadata, deletionTimestamp: 'x', deletionGracePeriodSeconds: seconds },
    })
    world.runtime.stopping = (_name, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('canceled')), { once: true })
      })
    world.worker.update(deleted(600))
    await world.until('told to stop', () => world.runtime.calls.includes('stop c 600'))
    world.runtime.stopping = (name) => world.runtime.exit(name, 137)
    world.worker.update(deleted(1))
    await world.until('ended', world.ended)
    assert.ok(world.runtime.calls.includes('stop c 2'), world.runtime.calls.join('; '))
  }),
)

test('a preStop hook runs before the container is told to stop', options, () => {
  const lifecycle = { preStop: { exec: { command: ['bye'] } } }
  return inWorld(
    podOf({ containers: [{ name: 'c', image: 'busybox:1', lifecycle }] }),
    async (world) => {
      await world.until('running', () => world.status().phase === 'Running')
      world.worker.remove()
      await world.until('purged', () => world.runtime.calls.includes('remove-sandbox'))
      assert.deepEqual(world.runtime.calls.slice(3), [
        'exec bye',
        'stop c 30',
        'stop-sandbox',
        'remove-sandbox',
      ])
    },
  )
})

test('activeDeadlineSeconds ends the pod', options, () =>
  inWorld(podOf({ activeDeadlineSeconds: 5 }), async (world) => {
    await world.until('running', () => world.status().phase === 'Running')
    await world.clock.advance(5_001)
    await world.until('ended', world.ended)
    assert.equal(world.status().phase, 'Failed')
    assert.equal(world.status().reason, 'DeadlineExceeded')
  }),
)

test('a dead sandbox is replaced', options, () =>
  inWorld(podOf(), async (world) => {
    await world.until('running', () => world.status().phase === 'Running')
    const [sandbox] = world.worker.runtime.sandboxes
    await world.runtime.client().stopPodSandbox(sandbox?.id ?? '')
    await world.worker.runtimeChanged()
    await world.until('a second sandbox', () => world.runtime.calls.includes('sandbox 1'))
    assert.match(
      world.events.join('\n'),
      /SandboxChanged: Pod sandbox changed, it will be killed and re-created\./,
    )
  }),
)

test('pods of the pod network wait for it', options, () =>
  inWorld(
    podOf(),
    async (world) => {
      await world.until('told', () => world.events.length > 0)
      assert.deepEqual(world.events, [
        'Warning NetworkNotReady: network is not ready: container runtime network not ready',
      ])
      assert.deepEqual(world.runtime.calls, [])
      world.network.problem = undefined
      world.worker.look()
      await world.until('running', () => world.status().phase === 'Running')
    },
    ({ network }) => {
      network.problem = 'container runtime network not ready'
    },
  ),
)

test('a sandbox that cannot be made is tried again', options, () =>
  inWorld(
    podOf(),
    async (world) => {
      await world.until('told', () => world.events.length > 0)
      assert.match(
        world.events[0] ?? '',
        /FailedCreatePodSandBox: Failed to create pod sandbox: rpc error: code = Unknown desc = no network/,
      )
      world.runtime.failures.clear()
      await world.clock.advance(10_000)
      await world.until('running', () => world.status().phase === 'Running')
    },
    ({ runtime }) => runtime.failures.set('sandbox', 'no network'),
  ),
)

test(
  'a ConfigMap that is missing is waited for, and starts the container when it comes',
  options,
  () => {
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'a' } } }]
    return inWorld(
      podOf({ containers: [{ name: 'c', image: 'busybox:1', env }] }),
      async (world) => {
        await world.until(
          'refused',
          () => waitingOf(world)?.reason === 'CreateContainerConfigError',
        )
        assert.equal(waitingOf(world)?.message, 'configmap "cm" not found')
        await world.client.in(configmaps, 'ns').create({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'cm' },
          data: { a: '1' },
        })
        await world.until('running', () => world.status().phase === 'Running')
        const variables = world.runtime
          .configOf('c')
          ?.envs.map(({ key, value }) => `${key}=${String(value)}`)
        assert.deepEqual(variables, ['A=1'])
      },
    )
  },
)

test('a volume that cannot be had holds the pod back', options, () =>
  inWorld(
    podOf({
      containers: [
        { name: 'c', image: 'busybox:1', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      ],
      volumes: [{ name: 'v', configMap: { name: 'cm' } }],
    }),
    async (world) => {
      await world.until('told', () => world.events.length > 0)
      assert.equal(
        world.events[0],
        'Warning FailedMount: MountVolume.SetUp failed for volume "v" : configmap "cm" not found',
      )
      assert.deepEqual(world.runtime.calls, [])
      await world.client
        .in(configmaps, 'ns')
        .create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { a: '1' } })
      await world.until('running', () => world.status().phase === 'Running')
      assert.equal(world.runtime.configOf('c')?.mounts[0]?.containerPath, '/v')
    },
  ),
)

test('a failing liveness probe restarts the container', options, () => {
  const livenessProbe = { exec: { command: ['check'] }, periodSeconds: 5, failureThreshold: 2 }
  return inWorld(
    podOf({ containers: [{ name: 'c', image: 'busybox:1', livenessProbe }] }),
    async (world) => {
      await world.until('running', () => world.status().phase === 'Running')
      await world.clock.advance(0)
      await world.until('probed', () => world.events.some((event) => event.includes('Unhealthy')))
      assert.deepEqual(world.runtime.running, ['c'])
      await world.clock.advance(5_000)
      await world.until('killed', () => world.runtime.calls.includes('stop c 30'))
      await world.until(
        'restarted',
        () => world.runtime.calls.filter((call) => call === 'start c').length === 2,
      )
      assert.match(
        world.events.join('\n'),
        /Killing: Container c failed liveness probe, will be restarted/,
      )
    },
    ({ runtime }) => runtime.failures.set('exec', 'no such command'),
  )
})

test('a kubelet that comes back touches nothing that runs', options, async () => {
  const clock = new FakeClock()
  const runtime = new FakeRuntime(clock)
  runtime.images.add('busybox:1')
  const pod = podOf()
  await inWorld(pod, async (first) => {
    await first.until('running', () => first.status().phase === 'Running')
    const calls = first.runtime.calls.length
    const again = new PodWorker(
      makeHost({
        root: first.worker.pod.metadata.uid,
        clock: first.clock,
        runtime: first.runtime,
        client: first.client,
        events: [],
        network: { problem: undefined },
        signal: AbortSignal.timeout(5_000),
      }),
      { ...pod, status: first.status() },
      {
        status: () => assert.fail('the status has not changed'),
        ended: () => assert.fail('it lives'),
        resizeProblem: () => undefined,
      },
    )
    const stop = new AbortController()
    const run = again.run(stop.signal)
    await first.until('seen', () => again.runtime.containers.length > 0)
    await first.clock.advance(0)
    stop.abort()
    await run
    assert.equal(first.runtime.calls.length, calls)
  })
})

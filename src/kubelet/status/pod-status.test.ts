import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, ContainerStatus, Pod, PodStatus } from '#api/core/v1.gen.ts'
import type { PodRuntime, RuntimeContainer, RuntimeState } from '#kubelet/runtime/pod-runtime.ts'
import { podStatus } from './pod-status.ts'
import type { StatusInput } from './pod-status.ts'

const nowMs = Date.UTC(2026, 10, 22, 22, 28, 38)
const now = '2026-11-22T22:28:38Z'

function podOf(spec: Partial<Pod['spec']> = {}): Pod {
  return {
    metadata: {
      name: 'web',
      namespace: 'tr',
      uid: 'u1',
      resourceVersion: '1',
      creationTimestamp: now,
    },
    spec: { restartPolicy: 'Always', containers: [{ name: 'c', image: 'busybox:1.29' }], ...spec },
  }
}

function containerOf(name: string, state: RuntimeState, restartCount = 0): RuntimeContainer {
  return {
    id: `${name}-${restartCount}`,
    name,
    sandboxId: 's',
    restartCount,
    createdAtMs: restartCount,
    hash: undefined,
    image: 'docker.io/library/busybox:1.29',
    imageId: 'sha256:1',
    state,
    logPath: '',
    annotations: {},
  }
}

const running: RuntimeState = { is: 'running', startedAtMs: nowMs }
const exited = (exitCode: number, reason = 'Error', message = ''): RuntimeState => ({
  is: 'exited',
  exitCode,
  reason,
  message,
  startedAtMs: nowMs,
  finishedAtMs: nowMs,
})

function runtimeOf(...containers: RuntimeContainer[]): PodRuntime {
  return {
    uid: 'u1',
    name: 'web',
    namespace: 'tr',
    sandboxes: [
      {
        id: 's',
        attempt: 0,
        ready: true,
        createdAtMs: 0,
        hostNetwork: false,
        ips: ['10.244.1.46'],
      },
    ],
    containers: containers.toSorted((a, b) => b.restartCount - a.restartCount),
  }
}

function statusOf(input: Partial<StatusInput>): PodStatus {
  return podStatus({
    pod: podOf(),
    runtime: runtimeOf(),
    runtimeName: 'containerd',
    waiting: () => undefined,
    started: () => true,
    ready: () => true,
    prior: {},
    nodeIps: ['192.0.2.2'],
    nowMs,
    ended: false,
    ...input,
  })
}

/** `Ready=False (ContainersNotReady: …)` of every condition, in order. */
function conditions(status: PodStatus): string[] {
  return (status.conditions ?? []).map(({ type, status: is, reason, message }) => {
    const why = [reason, message].filter(Boolean).join(': ')
    return `${type}=${is}${why === '' ? '' : ` (${why})`}`
  })
}

test('a pod that runs', () => {
  const status = statusOf({ runtime: runtimeOf(containerOf('c', running)) })
  assert.equal(status.phase, 'Running')
  assert.deepEqual(conditions(status), [
    'PodReadyToStartContainers=True',
    'Initialized=True',
    'Ready=True',
    'ContainersReady=True',
    'PodScheduled=True',
  ])
  assert.deepEqual(status.containerStatuses, [
    {
      name: 'c',
      state: { running: { startedAt: now } },
      lastState: {},
      ready: true,
      restartCount: 0,
      image: 'docker.io/library/busybox:1.29',
      imageID: 'sha256:1',
      containerID: 'containerd://c-0',
      resources: {},
      started: true,
    },
  ])
  assert.equal(status.podIP, '10.244.1.46')
  assert.deepEqual(status.hostIPs, [{ ip: '192.0.2.2' }])
  assert.equal(status.startTime, now)
  assert.equal(status.qosClass, 'BestEffort')
})

test('a pod before its sandbox', () => {
  const status = statusOf({ runtime: { ...runtimeOf(), sandboxes: [] } })
  assert.equal(status.phase, 'Pending')
  assert.equal(status.podIP, undefined)
  assert.deepEqual(status.containerStatuses?.[0]?.state, {
    waiting: { reason: 'ContainerCreating' },
  })
  assert.deepEqual(conditions(status).slice(0, 3), [
    'PodReadyToStartContainers=False',
    'Initialized=True',
    'Ready=False (ContainersNotReady: containers with unready status: [c])',
  ])
})

test('a container that crashes, waits with its last end beside', () => {
  const message = 'back-off 40s restarting failed container=c pod=web_tr(u1)'
  const status = statusOf({
    runtime: runtimeOf(containerOf('c', exited(3), 3)),
    waiting: () => ({ reason: 'CrashLoopBackOff', message }),
  })
  const [container] = status.containerStatuses ?? []
  assert.equal(status.phase, 'Running')
  assert.deepEqual(container?.state, { waiting: { reason: 'CrashLoopBackOff', message } })
  assert.equal(container?.lastState?.terminated?.exitCode, 3)
  assert.equal(container?.restartCount, 3)
  assert.equal(container?.started, false)
})

test('a container whose image cannot be pulled', () => {
  const status = statusOf({ waiting: () => ({ reason: 'ErrImagePull', message: 'no' }) })
  assert.equal(status.phase, 'Pending')
  assert.deepEqual(status.containerStatuses?.[0]?.state, {
    waiting: { reason: 'ErrImagePull', message: 'no' },
  })
  assert.equal(status.containerStatuses?.[0]?.imageID, '')
})

test('a pod that is done', () => {
  const pod = podOf({ restartPolicy: 'Never' })
  const runtime = runtimeOf(containerOf('c', exited(0, 'Completed', 'done\n')))
  const status = statusOf({ pod, runtime })
  assert.equal(status.phase, 'Succeeded')
  assert.deepEqual(conditions(status).slice(1, 4), [
    'Initialized=True (PodCompleted)',
    'Ready=False (PodCompleted)',
    'ContainersReady=False (PodCompleted)',
  ])
  assert.equal(status.containerStatuses?.[0]?.state?.terminated?.message, 'done\n')
})

test('a pod that failed', () => {
  const pod = podOf({ restartPolicy: 'Never' })
  const status = statusOf({ pod, runtime: runtimeOf(containerOf('c', exited(1, 'OOMKilled'))) })
  assert.equal(status.phase, 'Failed')
  assert.match(conditions(status).join(), /Ready=False \(PodFailed\)/)
})

const init: Container[] = [{ name: 'i', image: 'busybox' }]

test('init containers come first', () => {
  const status = statusOf({
    pod: podOf({ initContainers: init }),
    runtime: runtimeOf(containerOf('i', running)),
  })
  assert.equal(status.phase, 'Pending')
  assert.deepEqual(status.containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } })
  assert.match(
    conditions(status)[1] ?? '',
    /Initialized=False \(ContainersNotInitialized: containers with incomplete status: \[i\]\)/,
  )
})

test('an init container that succeeded is ready, and never waits', () => {
  const status = statusOf({
    pod: podOf({ initContainers: init }),
    runtime: runtimeOf(containerOf('i', exited(0, 'Completed')), containerOf('c', running)),
    waiting: (name) => (name === 'i' ? { reason: 'CrashLoopBackOff', message: '' } : undefined),
  })
  assert.equal(status.phase, 'Running')
  assert.equal(status.initContainerStatuses?.[0]?.ready, true)
  assert.equal(status.initContainerStatuses?.[0]?.state?.terminated?.reason, 'Completed')
})

test('a failed init container of a pod that never restarts fails the pod', () => {
  const pod = podOf({ initContainers: init, restartPolicy: 'Never' })
  assert.equal(statusOf({ pod, runtime: runtimeOf(containerOf('i', exited(1))) }).phase, 'Failed')
})

test('a sidecar counts for readiness and for the phase', () => {
  const pod = podOf({ initContainers: [{ name: 's', image: 'busybox', restartPolicy: 'Always' }] })
  const runtime = runtimeOf(containerOf('s', running), containerOf('c', running))
  const begun = statusOf({ pod, runtime, started: ({ name }) => name !== 's' })
  assert.equal(begun.phase, 'Pending')
  const unready = statusOf({ pod, runtime, ready: ({ name }) => name !== 's' })
  assert.match(
    conditions(unready).join(),
    /Ready=False \(ContainersNotReady: containers with unready status: \[s\]\)/,
  )
})

test('the last state comes from the container before', () => {
  const runtime = runtimeOf(containerOf('c', exited(1), 0), containerOf('c', running, 1))
  const [container] = statusOf({ runtime }).containerStatuses ?? []
  assert.equal(container?.lastState?.terminated?.containerID, 'containerd://c-0')
  assert.equal(container?.restartCount, 1)
})

test('a container that is only created is not shown', () => {
  const runtime = runtimeOf(containerOf('c', exited(1), 0), containerOf('c', { is: 'created' }, 1))
  const [container] = statusOf({ runtime }).containerStatuses ?? []
  assert.equal(container?.restartCount, 0)
  assert.equal(container?.containerID, 'containerd://c-0')
})

test('a container that ran and vanished is said to be lost', () => {
  const prior: PodStatus = {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'c',
        image: '',
        imageID: '',
        ready: true,
        restartCount: 2,
        state: { running: { startedAt: now } },
      },
    ],
  }
  const [container] = statusOf({ prior }).containerStatuses ?? []
  assert.equal(container?.restartCount, 3)
  assert.equal(container?.lastState?.terminated?.reason, 'ContainerStatusUnknown')
})

test('a pod that ended has no container that waits', () => {
  const ended = statusOf({ ended: true, prior: { phase: 'Running' } })
  assert.deepEqual(ended.containerStatuses?.[0]?.state, {
    terminated: {
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      exitCode: 137,
    },
  })
  assert.equal(ended.phase, 'Failed')
})

test('a verdict of the node decides', () => {
  const verdict = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' } as const
  const status = statusOf({ runtime: runtimeOf(containerOf('c', running)), verdict })
  assert.equal(status.phase, 'Failed')
  assert.equal(status.reason, 'DeadlineExceeded')
  assert.equal(status.message, 'too long')
})

test('a finished pod stays finished', () => {
  assert.equal(statusOf({ prior: { phase: 'Succeeded' } }).phase, 'Succeeded')
})

test('times of conditions move with their status only', () => {
  const before = statusOf({ runtime: runtimeOf(containerOf('c', running)) })
  const later = { prior: before, nowMs: nowMs + 60_000 }
  const same = statusOf({ ...later, runtime: runtimeOf(containerOf('c', running)) })
  assert.deepEqual(same.conditions, before.conditions)
  const down = statusOf({
    ...later,
    runtime: runtimeOf(containerOf('c', running)),
    ready: () => false,
  })
  const times = new Map(
    down.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
  )
  assert.equal(times.get('Ready'), '2026-11-22T22:29:38Z')
  assert.equal(times.get('Initialized'), now)
})

test('readiness gates hold the pod back, and foreign conditions are kept', () => {
  const pod = podOf({ readinessGates: [{ conditionType: 'lb/ready' }, { conditionType: 'other' }] })
  const prior: PodStatus = { conditions: [{ type: 'lb/ready', status: 'False' }] }
  const status = statusOf({ pod, prior, runtime: runtimeOf(containerOf('c', running)) })
  assert.equal(
    conditions(status)[2],
    'Ready=False (ReadinessGatesNotReady: the status of pod readiness gate "lb/ready" is not "True", but False, corresponding condition of pod readiness gate "other" does not exist.)',
  )
  assert.equal(status.conditions?.at(-1)?.type, 'lb/ready')
})

test('what is on the host network has the host addresses', () => {
  const status = statusOf({ pod: podOf({ hostNetwork: true }), nodeIps: ['192.0.2.2', 'fd00::2'] })
  assert.deepEqual(status.podIPs, [{ ip: '192.0.2.2' }, { ip: 'fd00::2' }])
})

test('mounts and users are shown', () => {
  const container: Container = {
    name: 'c',
    image: 'busybox',
    volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }],
    resources: { requests: { cpu: '1' } },
  }
  const user = { uid: 5, gid: 6, supplementalGroups: [7] }
  const status = statusOf({
    pod: podOf({ containers: [container] }),
    runtime: runtimeOf({ ...containerOf('c', running), user }),
  })
  const shown: Partial<ContainerStatus> = status.containerStatuses?.[0] ?? {}
  assert.deepEqual(shown.volumeMounts, [
    { name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly: 'Disabled' },
  ])
  assert.deepEqual(shown.user, { linux: user })
  assert.deepEqual(shown.allocatedResources, { cpu: '1' })
})

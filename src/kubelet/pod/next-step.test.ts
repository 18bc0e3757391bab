import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { containerHash } from '#kubelet/runtime/labels.ts'
import type { PodRuntime, RuntimeContainer, RuntimeState } from '#kubelet/runtime/pod-runtime.ts'
import type { Action, Situation } from './action.ts'
import { nextStep } from './next-step.ts'

/** `c`, `i:init`, `s:sidecar`, `e:debug`; `!` after a name gives it liveness and startup probes. */
function podOf(policy: string, containers: string, extra: Partial<Pod['spec']> = {}): Pod {
  const lists = { i: [] as Container[], c: [] as Container[], e: [] as Container[] }
  for (const word of containers.split(' ')) {
    const [kind, name] = word.includes(':') ? word.split(':') : ['c', word]
    const probe = { exec: { command: ['true'] } }
    const container: Container = {
      name: name?.replace('!', '') ?? '',
      image: 'busybox',
      ...(word.endsWith('!') ? { livenessProbe: probe, startupProbe: probe } : {}),
      ...(kind === 's' ? { restartPolicy: 'Always' } : {}),
    }
    lists[kind === 's' ? 'i' : (kind as 'i' | 'c' | 'e')].push(container)
  }
  return {
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: {
      restartPolicy: policy,
      initContainers: lists.i,
      containers: lists.c,
      ephemeralContainers: lists.e as never,
      ...extra,
    },
  }
}

/** `-` no sandbox, `+` a ready one, `!` a dead one; then `name=run`, `name=0` (exit code), `name=created`, `name=old`. */
function runtimeOf(pod: Pod, text: string): PodRuntime {
  const [sandbox, ...containers] = text.split(' ')
  const image = (name: string): string => (containers.includes(`${name}=old`) ? 'other' : 'busybox')
  return {
    uid: 'u1',
    name: 'web',
    namespace: 'default',
    sandboxes:
      sandbox === '-'
        ? []
        : [
            {
              id: 's0',
              attempt: 0,
              ready: sandbox === '+',
              createdAtMs: 0,
              hostNetwork: pod.spec.hostNetwork === true,
              ips: pod.spec.hostNetwork === true ? [] : ['10.0.0.1'],
            },
          ],
    containers: containers.map((word): RuntimeContainer => {
      const [name = '', state = ''] = word.split('=')
      return {
        id: `${name}-id`,
        name,
        sandboxId: 's0',
        restartCount: 0,
        createdAtMs: 0,
        hash: containerHash({ name, image: image(name) }),
        image: 'busybox',
        imageId: '',
        state: stateOf(state),
        logPath: '',
        annotations: {},
      }
    }),
  }
}

function stateOf(text: string): RuntimeState {
  if (text === 'run' || text === 'old') return { is: 'running', startedAtMs: 0 }
  if (text === 'created' || text === 'unknown') return { is: text }
  return {
    is: 'exited',
    exitCode: Number(text),
    reason: '',
    message: '',
    startedAtMs: 0,
    finishedAtMs: 1000,
  }
}

function show(actions: readonly Action[]): string {
  return actions
    .map((action) => {
      switch (action.type) {
        case 'killPod':
          return `kill pod (${action.because})`
        case 'createSandbox':
          return `sandbox ${action.attempt}`
        case 'kill':
          return `kill ${action.container.name}: ${action.message}`
        case 'remove':
          return `remove ${action.containers.map(({ name }) => name).join()}`
        case 'resize':
          return `resize ${action.container.name}`
        case 'start':
          return `start ${action.kind === 'main' ? '' : `${action.kind} `}${action.container}`
        case 'backOff':
          return `back off ${action.container} ${action.remainingMs}`
      }
    })
    .join('; ')
}

interface Case {
  pod: string
  policy?: 'Always' | 'OnFailure' | 'Never'
  has: string
  does: string
  failing?: Record<string, 'startup' | 'liveness'>
  started?: readonly string[]
  resting?: Record<string, number>
  terminating?: boolean
}

const cases: readonly Case[] = [
  { pod: 'a b', has: '-', does: 'sandbox 0; start a; start b' },
  { pod: 'i:i a', has: '-', does: 'sandbox 0; start init i' },
  { pod: 'a b', has: '+ a=run b=run', does: '' },
  { pod: 'a b', has: '+ a=run', does: 'start b' },
  { pod: 'a', has: '+ a=1', does: 'start a' },
  { pod: 'a', has: '+ a=0', does: 'start a' },
  { pod: 'a', has: '+ a=created', does: 'start a' },
  { pod: 'a', has: '+ a=1', resting: { a: 9000 }, does: 'back off a 9000' },
  { pod: 'a', policy: 'OnFailure', has: '+ a=1', does: 'start a' },
  { pod: 'a', policy: 'OnFailure', has: '+ a=0', does: 'kill pod (finished)' },
  { pod: 'a', policy: 'Never', has: '+ a=1', does: 'kill pod (finished)' },
  { pod: 'a', policy: 'Never', has: '! a=1', does: '' },
  { pod: 'a b', policy: 'Never', has: '+ a=1 b=run', does: '' },
  { pod: 'a b', policy: 'OnFailure', has: '+ a=0 b=2', does: 'start b' },
  // sandboxes
  { pod: 'a', has: '! a=255', does: 'sandbox 1; start a' },
  { pod: 'a', has: '! a=run', does: 'kill pod (sandboxChanged); sandbox 1; start a' },
  { pod: 'a', policy: 'Never', has: '! a=137', does: '' },
  { pod: 'a b', policy: 'OnFailure', has: '! a=0 b=1', does: 'sandbox 1; start b' },
  { pod: 'a', policy: 'OnFailure', has: '! a=0', does: '' },
  { pod: 'i:i a', has: '! i=0 a=1', does: 'remove i; sandbox 1; start init i' },
  // init containers
  { pod: 'i:i i:j a', has: '+ i=run', does: '' },
  { pod: 'i:i i:j a', has: '+ i=0', does: 'start init j' },
  { pod: 'i:i i:j a', has: '+ j=0', does: 'start a' },
  { pod: 'i:i a', has: '+ i=0', does: 'start a' },
  { pod: 'i:i a', has: '+ i=1', does: 'start init i' },
  { pod: 'i:i a', has: '+ i=1', resting: { i: 5 }, does: 'back off i 5' },
  { pod: 'i:i a', policy: 'Never', has: '+ i=1', does: 'kill pod (finished)' },
  { pod: 'i:i a', has: '+ a=run', does: '' },
  { pod: 'i:i a', has: '+ i=0 a=1', does: 'start a' },
  // sidecars
  { pod: 's:s a', has: '-', does: 'sandbox 0; start sidecar s' },
  { pod: 's:s a', has: '+ s=run', does: 'start a' },
  { pod: 's:s! a', has: '+ s=run', does: '' },
  { pod: 's:s! a', has: '+ s=run', started: ['s'], does: 'start a' },
  { pod: 's:s i:i a', has: '+ s=run', does: 'start init i' },
  { pod: 's:s i:i a', has: '+ s=1 i=run', does: 'start sidecar s' },
  { pod: 's:s a', has: '+ s=1 a=run', does: 'start sidecar s' },
  { pod: 's:s a', has: '+ a=run', does: 'start sidecar s' },
  { pod: 's:s a', policy: 'Never', has: '+ s=run a=0', does: 'kill pod (finished)' },
  {
    pod: 's:s! a',
    has: '+ s=run a=run',
    started: ['s'],
    failing: { s: 'liveness' },
    does: 'kill s: Init container s failed liveness probe',
  },
  // probes and changes
  {
    pod: 'a!',
    has: '+ a=run',
    failing: { a: 'liveness' },
    does: 'kill a: Container a failed liveness probe, will be restarted',
  },
  {
    pod: 'a!',
    has: '+ a=run',
    failing: { a: 'startup' },
    does: 'kill a: Container a failed startup probe, will be restarted',
  },
  {
    pod: 'a!',
    policy: 'Never',
    has: '+ a=run',
    failing: { a: 'liveness' },
    does: 'kill a: Container a failed liveness probe',
  },
  {
    pod: 'a',
    has: '+ a=old',
    does: 'kill a: Container a definition changed, will be restarted; start a',
  },
  { pod: 'a e:e', has: '+ a=run', does: 'start ephemeral e' },
  { pod: 'a e:e', has: '+ a=run e=1', does: '' },
  // the end
  { pod: 'a', has: '+ a=run', terminating: true, does: 'kill pod (terminating)' },
  { pod: 'a', has: '! a=0', terminating: true, does: '' },
]

for (const each of cases) {
  const { pod: containers, policy = 'Always', has, does } = each
  test(`${policy} pod ${containers}, runtime ${has}${each.terminating === true ? ', terminating' : ''} → ${does}`, () => {
    const pod = podOf(policy, containers)
    const situation: Situation = {
      pod,
      runtime: runtimeOf(pod, has),
      terminating: each.terminating ?? false,
      verdict(id, probe) {
        const name = id.replace('-id', '')
        if (each.failing?.[name] === probe) return 'failure'
        return each.started?.includes(name) === true && probe === 'startup' ? 'success' : undefined
      },
      backoff: ({ name }) => {
        const remainingMs = each.resting?.[name]
        return remainingMs === undefined ? undefined : { delayMs: 10_000, remainingMs }
      },
    }
    assert.equal(show(nextStep(situation)), does)
  })
}

test('a pod of the host network needs no address of its own', () => {
  const pod = podOf('Always', 'a', { hostNetwork: true })
  const runtime = runtimeOf(pod, '+ a=run')
  const quiet = { terminating: false, verdict: () => undefined, backoff: () => undefined }
  assert.equal(show(nextStep({ pod, runtime, ...quiet })), '')
  const other = podOf('Always', 'a')
  assert.equal(
    show(nextStep({ pod: other, runtime, ...quiet })),
    'kill pod (sandboxChanged); sandbox 1; start a',
  )
})

test('exit code rules decide before the policy', () => {
  const pod = podOf('Never', 'a')
  Object.assign(pod.spec.containers[0] ?? {}, {
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
  })
  const quiet = { terminating: false, verdict: () => undefined, backoff: () => undefined }
  assert.equal(show(nextStep({ pod, runtime: runtimeOf(pod, '+ a=42'), ...quiet })), 'start a')
  assert.equal(
    show(nextStep({ pod, runtime: runtimeOf(pod, '+ a=1'), ...quiet })),
    'kill pod (finished)',
  )
})

const resizes = [
  [{ cpuShares: 2 }, {}, ''],
  [{ cpuShares: 1024 }, {}, 'resize a'],
  [undefined, {}, ''],
  [
    { cpuShares: 1024 },
    { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] },
    'kill a: Container a resize requires restart, will be restarted; start a',
  ],
  [
    { cpuShares: 1024 },
    { resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] },
    'resize a',
  ],
  [{ cpuShares: 2, memoryBytes: 5 }, {}, 'resize a'],
] as const

for (const [limits, container, does] of resizes) {
  test(`a container with ${JSON.stringify(limits)} and ${JSON.stringify(container)} → ${does}`, () => {
    const pod = podOf('Always', 'a')
    Object.assign(pod.spec.containers[0] ?? {}, container)
    const plain = runtimeOf(pod, '+ a=run')
    const runtime = { ...plain, containers: plain.containers.map((each) => ({ ...each, limits })) }
    const quiet = { terminating: false, verdict: () => undefined, backoff: () => undefined }
    assert.equal(show(nextStep({ pod, runtime, ...quiet })), does)
  })
}

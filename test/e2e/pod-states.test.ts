/**
 * Pods in good and bad states on a real node: the same specs that a genuine kubelet was given, and what it
 * said of them: phase, container states, conditions, events (texts as of 1.36 where they were reworded).
 */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { eventually } from './kubectl.ts'

interface State {
  readonly waiting?: { readonly reason?: string; readonly message?: string }
  readonly running?: object
  readonly terminated?: {
    readonly reason?: string
    readonly message?: string
    readonly exitCode: number
  }
}

interface ContainerStatus {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly state: State
  readonly lastState?: State
}

interface SeenPod {
  readonly status: {
    readonly phase: string
    readonly reason?: string
    readonly message?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason?: string
      readonly message?: string
    }[]
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

/** A line about one pod, without what differs from run to run. */
function show({ status }: SeenPod): readonly string[] {
  const reason = status.reason === undefined ? '' : ` ${status.reason}: ${status.message}`
  return [
    `${status.phase}${reason}`,
    ...(status.initContainerStatuses ?? []).map((container) => `init ${showContainer(container)}`),
    ...(status.containerStatuses ?? []).map(showContainer),
    ...(status.conditions ?? [])
      .filter(({ status: is }) => is === 'False')
      .map(({ type, reason: why, message }) =>
        [type, 'False', why, message].filter(Boolean).join(' '),
      ),
  ]
}

function showContainer({ name, ready, state, lastState }: ContainerStatus): string {
  const last = lastState?.terminated === undefined ? '' : `, before ${showState(lastState)}`
  return `${name} ${ready ? 'ready' : 'unready'} ${showState(state)}${last}`
}

function showState({ waiting, terminated }: State): string {
  if (waiting !== undefined) {
    return ['waiting', waiting.reason, plain(waiting.message)].filter(Boolean).join(' ')
  }
  if (terminated === undefined) return 'running'
  const { exitCode, reason, message } = terminated
  return ['ended', exitCode, reason, plain(message)].filter((part) => part !== undefined).join(' ')
}

/** Back-off times, pods' names and addresses vary. */
function plain(text: string | undefined): string | undefined {
  return text
    ?.trim()
    .replace(/back-off \d+m?\d*s/, 'back-off')
    .replace(/ pod=\S+\)/, ' pod')
    .replace(/(OCI runtime create failed: ).*(exec: )/, '$1… $2')
    .replace(/(ErrImagePull: ).*/, '$1…')
}

interface Case {
  readonly name: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly container?: Readonly<Record<string, unknown>>
  readonly shows: readonly string[]
  /** Reason and a part of the text of events that must be there. */
  readonly events: readonly (readonly [string, RegExp])[]
}

const unready = [
  'Ready False ContainersNotReady containers with unready status: [c]',
  'ContainersReady False ContainersNotReady containers with unready status: [c]',
]
const notYet = ['PodReadyToStartContainers False', ...unready]
const done = ['Ready False PodCompleted', 'ContainersReady False PodCompleted']
const sleep = { command: ['sleep', '3600'] }

const cases: readonly Case[] = [
  {
    name: 'runs',
    spec: { terminationGracePeriodSeconds: 1 },
    container: {
      ...sleep,
      resources: {
        limits: { cpu: '100m', memory: '64Mi' },
        requests: { cpu: '10m', memory: '16Mi' },
      },
    },
    shows: ['Running', 'c ready running'],
    events: [
      ['Scheduled', /^Successfully assigned \S+\/runs to e2e$/],
      ['Started', /c$|tarted/],
    ],
  },
  {
    name: 'completes',
    spec: { restartPolicy: 'Never' },
    container: { command: ['sh', '-c', 'echo done > /dev/termination-log'] },
    shows: [
      'Succeeded',
      'c unready ended 0 Completed done',
      'PodReadyToStartContainers False',
      ...done,
    ],
    events: [],
  },
  {
    name: 'crashes',
    spec: {},
    container: { command: ['sh', '-c', 'exit 3'] },
    shows: [
      'Running',
      'c unready waiting CrashLoopBackOff back-off restarting failed container=c pod, before ended 3 Error',
      ...unready,
    ],
    events: [['BackOff', /^Back-off restarting failed container c in pod crashes_/]],
  },
  {
    name: 'bad-command',
    spec: {},
    container: { command: ['/no/such'] },
    shows: [
      'Running',
      'c unready waiting CrashLoopBackOff back-off restarting failed container=c pod, before ended 128 StartError failed to create containerd task: failed to create shim task: OCI runtime create failed: … exec: "/no/such": stat /no/such: no such file or directory: unknown',
      ...unready,
    ],
    events: [['Failed', /^Error: failed to create containerd task: .*exec: "\/no\/such"/]],
  },
  {
    name: 'bad-image',
    spec: {},
    container: { image: 'localhost/none:1' },
    shows: [
      'Pending',
      'c unready waiting ImagePullBackOff Back-off pulling image "localhost/none:1": ErrImagePull: …',
      ...unready,
    ],
    events: [
      ['Pulling', /^Pulling image "localhost\/none:1"$/],
      ['Failed', /^Failed to pull image "localhost\/none:1": /],
      ['Failed', /^Error: ErrImagePull$/],
      ['Failed', /^Error: ImagePullBackOff$/],
      ['BackOff', /^Back-off pulling image "localhost\/none:1"$/],
    ],
  },
  {
    name: 'invalid-image',
    spec: {},
    container: { image: 'A_B:::' },
    shows: [
      'Pending',
      'c unready waiting InvalidImageName Failed to apply default image tag "A_B:::": couldn\'t parse image reference "A_B:::": invalid reference format: repository name (library/A_B) must be lowercase',
      ...unready,
    ],
    events: [
      ['InspectFailed', /^Failed to apply default image tag "A_B:::"/],
      ['Failed', /^Error: InvalidImageName$/],
    ],
  },
  {
    name: 'never-pull',
    spec: {},
    container: { image: 'localhost/none:2', imagePullPolicy: 'Never' },
    shows: [
      'Pending',
      'c unready waiting ErrImageNeverPull Container image "localhost/none:2" is not present with pull policy of Never',
      ...unready,
    ],
    events: [
      ['ErrImageNeverPull', /^Container image "localhost\/none:2" is not present/],
      ['Failed', /^Error: ErrImageNeverPull$/],
    ],
  },
  {
    name: 'no-config',
    spec: {},
    container: { envFrom: [{ configMapRef: { name: 'absent' } }] },
    shows: [
      'Pending',
      'c unready waiting CreateContainerConfigError configmap "absent" not found',
      ...unready,
    ],
    events: [['Failed', /^Error: configmap "absent" not found$/]],
  },
  {
    name: 'no-volume',
    spec: { volumes: [{ name: 'v', secret: { secretName: 'absent' } }] },
    container: { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
    shows: ['Pending', 'c unready waiting ContainerCreating', ...notYet],
    events: [
      ['FailedMount', /^MountVolume\.SetUp failed for volume "v" : secret "absent" not found$/],
    ],
  },
  {
    name: 'init-fails',
    spec: { initContainers: [{ name: 'i', image: 'busybox', command: ['false'] }] },
    container: sleep,
    shows: [
      'Pending',
      'init i unready waiting CrashLoopBackOff back-off restarting failed container=i pod, before ended 1 Error',
      'c unready waiting PodInitializing',
      'Initialized False ContainersNotInitialized containers with incomplete status: [i]',
      ...unready,
    ],
    events: [['BackOff', /^Back-off restarting failed container i in pod init-fails_/]],
  },
  {
    name: 'oom',
    spec: { restartPolicy: 'Never' },
    container: {
      command: ['sh', '-c', 'tail /dev/zero'],
      resources: { limits: { memory: '20Mi' }, requests: { memory: '20Mi' } },
    },
    shows: [
      'Failed',
      'c unready ended 137 OOMKilled',
      'PodReadyToStartContainers False',
      'Ready False PodFailed',
      'ContainersReady False PodFailed',
    ],
    events: [],
  },
  {
    name: 'deadline',
    spec: { activeDeadlineSeconds: 2, terminationGracePeriodSeconds: 1 },
    container: sleep,
    shows: [
      'Failed DeadlineExceeded: Pod was active on the node longer than the specified deadline',
      'c unready ended 137 Error',
      'PodReadyToStartContainers False',
      'Ready False PodFailed',
      'ContainersReady False PodFailed',
    ],
    events: [
      ['Killing', /^Stopping container c$/],
      ['DeadlineExceeded', /^Pod was active on the node longer than the specified deadline$/],
    ],
  },
  {
    name: 'unhealthy',
    spec: { terminationGracePeriodSeconds: 1 },
    container: {
      ...sleep,
      livenessProbe: { exec: { command: ['false'] }, failureThreshold: 2, periodSeconds: 2 },
      readinessProbe: { tcpSocket: { port: 81 }, periodSeconds: 2 },
    },
    shows: [
      'Running',
      'c unready waiting CrashLoopBackOff back-off restarting failed container=c pod, before ended 137 Error',
      ...unready,
    ],
    events: [
      [
        'Unhealthy',
        /^Readiness probe failed: dial tcp 10\.244\.\S+:81: connect: connection refused$/,
      ],
      ['Unhealthy', /^Liveness probe failed: $/],
      ['Killing', /^Container c failed liveness probe, will be restarted$/],
    ],
  },
  {
    name: 'no-node',
    spec: { nodeSelector: { disk: 'none' } },
    shows: [
      'Pending',
      "PodScheduled False Unschedulable 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ],
    events: [['FailedScheduling', /1 node\(s\) didn't match Pod's node affinity\/selector/]],
  },
  {
    name: 'too-big',
    spec: {},
    container: { resources: { requests: { cpu: '1k' } } },
    shows: [
      'Pending',
      'PodScheduled False Unschedulable 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    ],
    events: [['FailedScheduling', /1 Insufficient cpu/]],
  },
]

suite('states of pods', { concurrency: cases.length }, () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test('each is told as a genuine kubelet tells it', { timeout: 240_000 }, async (context) => {
    await withNamespace(cluster, 'states', async (ns) => {
      await cluster.ok(['-n', ns, 'create', '-f', '-'], {
        input: JSON.stringify({ kind: 'List', apiVersion: 'v1', items: cases.map(podOf) }),
      })
      await Promise.all(
        cases.map((each) =>
          context.test(each.name, { timeout: 180_000 }, () => check(cluster, ns, each)),
        ),
      )
    })
  })
})

function podOf({ name, spec, container }: Case): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { ...spec, containers: [{ name: 'c', image: 'busybox', ...container }] },
  }
}

async function check(
  cluster: TestCluster,
  ns: string,
  { name, shows, events }: Case,
): Promise<void> {
  let seen: readonly string[] = []
  const reached = async (): Promise<boolean> => {
    const text = await cluster.ok(['-n', ns, 'get', 'pod', name, '-o', 'json'])
    seen = show(JSON.parse(text) as SeenPod)
    return seen.join('\n') === shows.join('\n')
  }
  await eventually(name, reached, 90_000).catch(() => assert.deepEqual(seen, shows))
  await eventually(`the events of ${name}`, async () => {
    const text = await cluster.ok([
      '-n',
      ns,
      'get',
      'events',
      `--field-selector=involvedObject.name=${name}`,
      '-o',
      'jsonpath={range .items[*]}{.reason}{"\\t"}{.message}{"\\n"}{end}',
    ])
    const told = text.split('\n').map((line) => line.split('\t'))
    for (const [reason, message] of events) {
      assert.ok(
        told.some(([is, says = '']) => is === reason && message.test(says)),
        `${reason} ${message} is not among\n${text}`,
      )
    }
    return true
  })
}

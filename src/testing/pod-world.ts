import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pod, PodStatus } from '#api/core/v1.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { configmaps, secrets } from '#api/resources.gen.ts'
import type { Cgroups } from '#kubelet/cgroups/cgroups.ts'
import { silentLogger } from '#base/logger.ts'
import { createClient } from '#client/create-client.ts'
import { startInformer } from '#client/start-informer.ts'
import { podCgroup } from '#kubelet/cgroups/layout.ts'
import { ObjectCache } from '#kubelet/config/object-cache.ts'
import { TokenSource } from '#kubelet/config/tokens.ts'
import { ImagePuller } from '#kubelet/images/puller.ts'
import { Semaphore } from '#kubelet/images/semaphore.ts'
import { Probes } from '#kubelet/probes/probes.ts'
import { RuntimeObserver } from '#kubelet/runtime/observer.ts'
import { FakeClock } from './clock.ts'
import { FakeRuntime } from './cri.ts'
import { inMemoryCluster } from './in-memory-cluster.ts'
import { Backoff } from '#kubelet/pod/backoff.ts'
import type { KubeletHost, NodeFacts } from '#kubelet/pod/host.ts'
import { PodWorker } from '#kubelet/pod/worker.ts'

/** A pod worker with a runtime in memory, on a clock that stands still. */
export interface PodWorld {
  readonly clock: FakeClock
  readonly runtime: FakeRuntime
  readonly worker: PodWorker
  readonly events: string[]
  readonly client: ReturnType<typeof createClient>
  readonly network: { problem: string | undefined }
  readonly status: () => PodStatus
  /** Resolves when it holds; real time passes, the clock stands still. */
  readonly until: (what: string, holds: () => boolean) => Promise<void>
  readonly ended: () => boolean
}

/** Runs a worker for the pod while `body` looks at it; `prepare` runs before it starts. */
export async function inWorld(
  pod: Pod,
  body: (world: PodWorld) => Promise<void>,
  prepare?: (world: Pick<PodWorld, 'runtime' | 'network'>) => void,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'kubelet-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(root, { recursive: true }))
  const stop = new AbortController()
  const clock = new FakeClock()
  const runtime = new FakeRuntime(clock)
  runtime.images.add('busybox:1')
  const cluster = inMemoryCluster(() => clock.nowMs())
  const client = createClient(cluster)
  const events: string[] = []
  const network = { problem: undefined as string | undefined }
  prepare?.({ runtime, network })
  const host = makeHost({ root, clock, runtime, client, events, network, signal: stop.signal })
  let hasEnded = false
  const worker: PodWorker = new PodWorker(host, pod, {
    status: () => undefined,
    ended: () => (hasEnded = true),
    resizeProblem: () => undefined,
  })
  workers.set(host, worker)
  const running = worker.run(stop.signal)
  stack.defer(async () => {
    stop.abort()
    await running
    await host.configMaps[Symbol.asyncDispose]()
    await host.secrets[Symbol.asyncDispose]()
  })
  await body({
    clock,
    runtime,
    worker,
    events,
    client,
    network,
    status: () => worker.status,
    until,
    ended: () => hasEnded,
  })
}

const workers = new WeakMap<KubeletHost, PodWorker>()

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (holds()) return
    await new Promise((resolve) => {
      setTimeout(resolve, 1)
    })
  }
  assert.fail(`never: ${what}`)
}

interface Ground {
  readonly root: string
  readonly clock: FakeClock
  readonly runtime: FakeRuntime
  readonly client: ReturnType<typeof createClient>
  readonly events: string[]
  readonly network: { problem: string | undefined }
  readonly signal: AbortSignal
}

export function makeHost(ground: Ground): KubeletHost {
  const { root, clock, runtime, client, events, signal } = ground
  const cri = runtime.client()
  const shared = { clock, random: () => 0, log: silentLogger, signal }
  const watched = <T extends ApiObject>(type: ResourceType<T>): ObjectCache<T> =>
    new ObjectCache<T>({
      type,
      watch: (namespace, name) =>
        startInformer(client, type, {
          ...shared,
          namespace,
          fieldSelector: `metadata.name=${name}`,
        }),
    })
  const host: KubeletHost = {
    signal,
    cri,
    clock,
    log: silentLogger,
    run: async () => '',
    recorder: {
      event: (object, type, reason, message) => {
        const path = 'fieldPath' in object ? `${String(object.fieldPath)} ` : ''
        events.push(`${type} ${path}${reason}: ${message}`)
      },
    },
    observer: new RuntimeObserver(cri),
    puller: new ImagePuller({ cri, clock, credentials: [] }),
    probes: new Probes({
      cri,
      clock,
      changed: () => workers.get(host)?.look(),
      event: (_pod, _container, type, reason, message) =>
        events.push(`${type} ${reason}: ${message}`),
    }),
    cgroups: noCgroups,
    podCgroup: (pod) => podCgroup('', pod),
    configMaps: watched(configmaps),
    secrets: watched(secrets),
    tokens: new TokenSource(client, clock),
    claims: {
      claim: () => Promise.reject(new Error('no claims here')),
      volume: () => Promise.reject(new Error('no volumes here')),
    },
    crashes: new Backoff(clock, { initialMs: 10_000, maxMs: 300_000 }),
    starts: new Semaphore(2),
    paths: { root, podLogs: join(root, 'logs'), containerLogs: join(root, 'links') },
    node: nodeFacts(ground.network),
    services: async () => [],
    runtimeHandler: async (name) => name,
  }
  return host
}

const noCgroups: Cgroups = {
  version: 1,
  driver: 'cgroupfs',
  parentOf: (name) => `/${name.join('/')}`,
  apply: async () => undefined,
  remove: async () => undefined,
  children: () => [],
  usage: () => undefined,
}

function nodeFacts(network: { problem: string | undefined }): NodeFacts {
  return {
    name: 'n1',
    ips: () => ['192.0.2.2'],
    clusterDns: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    resolver: async () => ({ servers: [], searches: [], options: [] }),
    allocatable: () => ({ cpu: '2', memory: '4Gi' }),
    memoryBytes: 4 * 1024 ** 3,
    networkProblem: () => network.problem,
    limitsSwap: false,
  }
}

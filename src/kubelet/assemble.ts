/** Puts a kubelet together from its parts. */
import { mkdir } from 'node:fs/promises'
import type { Node, Pod, Service } from '#api/core/v1.gen.ts'
import {
  configmaps,
  nodes,
  persistentvolumeclaims,
  persistentvolumes,
  pods as podsType,
  runtimeclasses,
  secrets,
  services,
} from '#api/resources.gen.ts'
import { isStaticPod } from '#api/meta/pods.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { EventRecorder } from '#client/events.ts'
import { startInformer } from '#client/start-informer.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import type { CriClient } from '#cri/client.ts'
import { openCgroups } from './cgroups/cgroups.ts'
import type { Cgroups } from './cgroups/cgroups.ts'
import { findCgroupDriver } from './cgroups/driver.ts'
import { podCgroup } from './cgroups/layout.ts'
import { QosCgroups } from './cgroups/qos.ts'
import { ObjectCache } from './config/object-cache.ts'
import { TokenSource } from './config/tokens.ts'
import { nodeResolver } from './container/node-resolver.ts'
import { ImageCollector } from './images/collector.ts'
import { nodeCredentials } from './images/node-credentials.ts'
import { ImagePuller } from './images/puller.ts'
import { Semaphore } from './images/semaphore.ts'
import { limits } from './limits.ts'
import { evictionDefaults, measureCapacity, systemInfo } from './node/machine.ts'
import type { Capacity } from './node/machine.ts'
import { NodeReporter } from './node/reporter.ts'
import type { NodeReporterOptions } from './node/reporter.ts'
import type { KubeletOptions } from './options.ts'
import { Backoff } from './pod/backoff.ts'
import type { KubeletHost } from './pod/host.ts'
import { Pods } from './pods.ts'
import { Probes } from './probes/probes.ts'
import type { RuntimeObserver } from './runtime/observer.ts'
import { Mirrors } from './sources/mirrors.ts'
import { Stats } from './stats/stats.ts'
import { StatusWriter } from './status/status-writer.ts'
import { eventObject } from './pod/host.ts'

/** What is there before the kubelet: the runtime, and who says what happens. */
export interface Ground {
  readonly cri: CriClient
  readonly observer: RuntimeObserver
  readonly recorder: EventRecorder
  readonly runtime: { readonly name: string; readonly version: string }
  /** Owns what is made. */
  readonly stack: AsyncDisposableStack
  readonly life: AbortSignal
}

export interface Parts {
  readonly host: KubeletHost
  readonly pods: Pods
  readonly mirrors: Mirrors
  readonly reporter: NodeReporter
  readonly informers: Informers
  readonly stats: Stats
  readonly images: ImageCollector
}

interface Informers {
  readonly pods: StartedInformer<Pod>
  readonly nodes: StartedInformer<Node>
  readonly services: StartedInformer<Service>
}

export async function assemble(options: KubeletOptions, ground: Ground): Promise<Parts> {
  const { client, clock, log, nodeName, paths, run, cgroupRoot } = options
  const { cri, stack, life, recorder } = ground
  const folders = [`${paths.root}/pods`, paths.podLogs, paths.containerLogs]
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })))
  const driver = options.cgroupDriver ?? (await findCgroupDriver(cri, life))
  const cgroups = openCgroups(driver, run)
  const capacity = await measureCapacity(paths.root, options.podsMax)
  const { cpuMillis, memoryBytes } = options.reserved ?? { cpuMillis: 0, memoryBytes: 0 }
  const qos = new QosCgroups({
    cgroups,
    root: cgroupRoot,
    log,
    cpuMillis: capacity.cpus * 1000 - cpuMillis,
    memoryBytes: capacity.memoryBytes - memoryBytes,
  })
  await qos.begin()
  const informers = startInformers(options, ground)
  // Probes and the node's network speak of pods, which need them first.
  let pods: Pods | undefined
  const probes = stack.use(
    new Probes({
      cri,
      clock,
      changed: (uid) => pods?.worker(uid)?.look(),
      event: (pod, container, ...event) => recorder.event(eventObject(pod, container), ...event),
    }),
  )
  let mirrors: Mirrors | undefined
  const reporter = await makeReporter(options, ground, capacity, {
    networkChanged: () => {
      for (const worker of pods?.workers ?? []) worker.look()
    },
    registered: () => mirrors?.reconcile(),
  })
  const host = await makeHost({ options, ground, informers, probes, reporter, cgroups, capacity })
  mirrors = new Mirrors({ client, log, node: () => reporter.node })
  pods = new Pods({
    host,
    statuses: stack.use(new StatusWriter({ client, clock, log })),
    mirrors,
    log,
    node: () => informers.nodes.store.get(nodeName),
    pressure: () => reporter.pressure(),
    abilities: () => reporter.abilities,
    changed: () => qos.follow(pods?.list() ?? []),
  })
  const all = pods
  const stats = new Stats({
    clock,
    cri,
    cgroups,
    podCgroup: host.podCgroup,
    root: paths.root,
    imageRoot: options.imageRoot,
    memoryTotalBytes: capacity.memoryBytes,
    pods: () => all.workers,
    nodeName,
    cpus: capacity.cpus,
    all,
  })
  const images = new ImageCollector({ cri, clock, log })
  return { host, pods, mirrors, reporter, informers, stats, images }
}

function startInformers(options: KubeletOptions, { stack, life }: Ground): Informers {
  const { client, clock, random, log, nodeName } = options
  const informer = <T extends ApiObject>(type: ResourceType<T>, fieldSelector?: string) => {
    const selected = fieldSelector === undefined ? {} : { fieldSelector }
    return stack.use(startInformer(client, type, { clock, random, log, signal: life, ...selected }))
  }
  return {
    pods: informer(podsType, `spec.nodeName=${nodeName}`),
    nodes: informer(nodes, `metadata.name=${nodeName}`),
    services: informer(services),
  }
}

async function makeReporter(
  options: KubeletOptions,
  { cri, recorder, runtime }: Ground,
  capacity: Capacity,
  told: Pick<NodeReporterOptions, 'networkChanged' | 'registered'>,
): Promise<NodeReporter> {
  const { client, clock, log, nodeName, labels, taints, port, imageRoot } = options
  return new NodeReporter({
    client,
    cri,
    clock,
    log,
    recorder,
    nodeName,
    addresses: [
      ...options.nodeIps.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: nodeName },
      ...(options.addresses ?? []),
    ],
    labels,
    taints,
    capacity,
    reserved: options.reserved ?? { cpuMillis: 0, memoryBytes: 0 },
    eviction: { ...evictionDefaults, ...options.evictionHard },
    systemInfo: await systemInfo(runtime),
    port,
    root: options.paths.root,
    imageRoot,
    ...told,
  })
}

interface HostInput {
  readonly options: KubeletOptions
  readonly ground: Ground
  readonly informers: Informers
  readonly probes: Probes
  readonly reporter: NodeReporter
  readonly cgroups: Cgroups
  readonly capacity: Capacity
}

async function makeHost(input: HostInput): Promise<KubeletHost> {
  const { options, ground, informers, probes, reporter, cgroups, capacity } = input
  const { client, clock, random, log, nodeName, paths, run } = options
  const { cri, observer, recorder, stack, life } = ground
  const objects = <T extends ApiObject>(type: ResourceType<T>): ObjectCache<T> => {
    const watch = (namespace: string, name: string) =>
      startInformer(client, type, {
        clock,
        random,
        log,
        namespace,
        fieldSelector: `metadata.name=${name}`,
        signal: life,
      })
    return stack.use(new ObjectCache<T>({ type, watch }))
  }
  const crashes = { initialMs: limits.crashBackoffInitialMs, maxMs: limits.crashBackoffMaxMs }
  return {
    signal: life,
    cri,
    clock,
    log,
    run,
    recorder,
    observer,
    puller: new ImagePuller({ cri, clock, credentials: await nodeCredentials(paths.root, log) }),
    probes,
    cgroups,
    podCgroup: (pod) => podCgroup(options.cgroupRoot, pod),
    configMaps: objects(configmaps),
    secrets: objects(secrets),
    tokens: new TokenSource(client, clock),
    claims: {
      claim: (namespace, name) => client.in(persistentvolumeclaims, namespace).get(name),
      volume: (name) => client.for(persistentvolumes).get(name),
    },
    crashes: new Backoff(clock, crashes),
    starts: new Semaphore(limits.podStartsParallelMax),
    paths,
    node: {
      name: nodeName,
      ips: () => options.nodeIps,
      clusterDns: options.clusterDns,
      clusterDomain: options.clusterDomain,
      resolver: nodeResolver(options.resolvConf),
      allocatable: () => reporter.resources.allocatable,
      memoryBytes: capacity.memoryBytes,
      networkProblem: () => reporter.networkProblem(),
      limitsSwap: cgroups.version === 2,
    },
    services: (pod, signal) => visible(informers.services, pod, signal),
    runtimeHandler: async (name) => (await client.for(runtimeclasses).get(name)).handler,
  }
}

/** Static pods do not wait for the API: it may be one of them. */
async function visible(
  informer: StartedInformer<Service>,
  pod: Pod,
  signal: AbortSignal,
): Promise<readonly Service[]> {
  if (!isStaticPod(pod)) await informer.synced(signal)
  const own = informer.store.inNamespace(pod.metadata.namespace ?? '')
  const master = informer.store.get('default/kubernetes')
  return master === undefined ? own : [...own, master]
}

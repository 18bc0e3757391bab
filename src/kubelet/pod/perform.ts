/** Does what `nextStep` decided. */
import type { Container, EphemeralContainer } from '#api/core/v1.gen.ts'
import { unreachable } from '#base/assert.ts'
import {
  containerCgroupLimits,
  cpuPeriodUs,
  oomScore,
  podCgroupLimits,
} from '#kubelet/cgroups/values.ts'
import { runtimeResources } from '#kubelet/container/config.ts'
import { podText } from '#kubelet/container/names.ts'
import { limits } from '#kubelet/limits.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'
import { specOf } from './action.ts'
import type { Action } from './action.ts'
import { goSeconds } from './backoff.ts'
import { eventObject } from './host.ts'
import type { KubeletHost } from './host.ts'
import { graceSeconds, killContainer, killPod } from './kill.ts'
import { startContainer } from './start-container.ts'
import type { StartFailure } from './start-container.ts'
import { podSandboxConfig, preparePod, startSandbox } from './start-sandbox.ts'
import type { PodWorker } from './worker.ts'

/** How often a container that rests is told of again. */
const backOffEventPeriodMs = 15_000

/** True when something has changed in the runtime; false when all that is left has to wait. */
export async function perform(
  host: KubeletHost,
  worker: PodWorker,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<boolean> {
  let acted = false
  for (const action of actions) {
    const outcome = await performOne(host, worker, action, signal)
    if (outcome === 'acted') acted = true
    if (outcome === 'stop') break
    // What a kill leaves is looked at before anything else is started.
    if (action.type === 'kill' && action.because !== 'changed') return true
  }
  return acted
}

async function performOne(
  host: KubeletHost,
  worker: PodWorker,
  action: Action,
  signal: AbortSignal,
): Promise<'acted' | 'waits' | 'stop'> {
  switch (action.type) {
    case 'killPod':
      await kill(host, worker, action, signal)
      return 'acted'
    case 'createSandbox':
      return createSandbox(host, worker, action.attempt, signal)
    case 'kill': {
      const { pod } = worker
      const container = specOf(pod, action.container.name)
      await killContainer(host, {
        pod,
        present: action.container,
        graceSeconds: graceSeconds(pod, container, action.because),
        message: action.message,
        podIp: worker.podIps()[0] ?? '',
        signal,
      })
      await worker.observe()
      return 'acted'
    }
    case 'remove':
      for (const { id } of action.containers) await host.cri.removeContainer(id, { signal })
      return 'acted'
    case 'resize':
      return resize(host, worker, action.container, signal)
    case 'start':
      return start(host, worker, action.container, signal)
    case 'backOff':
      backOff(host, worker, action)
      return 'waits'
    default:
      return unreachable(action)
  }
}

/** The pod's own limits must never be in the way of its containers'. */
async function resize(
  host: KubeletHost,
  worker: PodWorker,
  present: RuntimeContainer,
  signal: AbortSignal,
): Promise<'acted' | 'waits'> {
  const { pod } = worker
  const container = specOf(pod, present.name)
  if (container === undefined) return 'waits'
  const limits = containerCgroupLimits(container)
  try {
    await host.cgroups.apply(host.podCgroup(pod), podCgroupLimits(pod))
    const linux = {
      ...runtimeResources(limits),
      cpuPeriod: cpuPeriodUs,
      cpuQuota: limits.cpuQuotaUs ?? -1,
      memoryLimitInBytes: limits.memoryBytes ?? -1,
      oomScoreAdj: oomScore(pod, container, host.node.memoryBytes),
    }
    await host.cri.updateContainerResources({ containerId: present.id, linux }, { signal })
  } catch (error) {
    signal.throwIfAborted()
    worker.resized(present.id, error instanceof Error ? error.message : String(error))
    return 'waits'
  }
  worker.resized(present.id, undefined)
  return 'acted'
}

async function kill(
  host: KubeletHost,
  worker: PodWorker,
  action: Extract<Action, { type: 'killPod' }>,
  signal: AbortSignal,
): Promise<void> {
  const { pod, runtime } = worker
  if (action.because === 'sandboxChanged') {
    const message = 'Pod sandbox changed, it will be killed and re-created.'
    host.recorder.event(eventObject(pod), 'Normal', 'SandboxChanged', message)
  }
  await killPod(host, {
    pod,
    runtime,
    graceSeconds: worker.graceSeconds(),
    podIp: worker.podIps()[0] ?? '',
    signal,
    begun: worker.killing,
  })
  await worker.observe()
}

async function createSandbox(
  host: KubeletHost,
  worker: PodWorker,
  attempt: number,
  signal: AbortSignal,
): Promise<'acted' | 'stop'> {
  try {
    await preparePod(host, worker.pod)
    await startSandbox(host, worker.pod, attempt, signal)
  } catch (error) {
    signal.throwIfAborted()
    worker.waiting.set('', undefined, limits.syncRetryMs)
    host.log.v(2)?.info('no sandbox', { pod: worker.pod.metadata.name, err: String(error) })
    return 'stop'
  }
  worker.waiting.clear('')
  await worker.observe()
  return 'acted'
}

async function start(
  host: KubeletHost,
  worker: PodWorker,
  name: string,
  signal: AbortSignal,
): Promise<'acted' | 'waits' | 'stop'> {
  const { pod, runtime } = worker
  const container = specOf(pod, name)
  const [sandbox] = runtime.sandboxes
  if (container === undefined || sandbox?.ready !== true) return 'stop'
  countCrash(host, worker, container)
  const outcome = await startContainer(host, {
    pod,
    container,
    runtime,
    sandboxId: sandbox.id,
    sandboxConfig: await podSandboxConfig(host, pod, sandbox.attempt),
    podIps: worker.podIps(),
    volumes: worker.volumes.mounted,
    source: worker.configSource(signal),
    pullSecrets: await pullSecrets(host, worker, signal),
    targetName: (container as EphemeralContainer).targetContainerName,
    signal,
    started: async () => {
      worker.waiting.clear(name)
      await worker.observe()
    },
  })
  if (outcome === undefined) return 'acted'
  return failed(host, worker, container, outcome, signal)
}

async function failed(
  host: KubeletHost,
  worker: PodWorker,
  container: Container,
  outcome: StartFailure & { kill?: string },
  signal: AbortSignal,
): Promise<'acted' | 'waits'> {
  const ran = outcome.reason === 'RunContainerError' || outcome.reason === 'PostStartHookError'
  // After a run the crash backoff decides when the next one is due.
  const restMs = ran
    ? 0
    : Math.min(outcome.retryAfterMs ?? limits.syncRetryMs, limits.imageBackoffMaxMs)
  worker.waiting.set(container.name, outcome, restMs)
  if (outcome.kill !== undefined) {
    await worker.observe()
    const present = worker.runtime.containers.find(({ id }) => id === outcome.kill)
    if (present?.state.is === 'running') {
      const { pod } = worker
      await killContainer(host, {
        pod,
        present,
        graceSeconds: graceSeconds(pod),
        message: 'FailedPostStartHook',
        podIp: worker.podIps()[0] ?? '',
        signal,
      })
    }
  }
  return ran ? 'acted' : 'waits'
}

/** A container that ended and is started again counts as one more crash. */
function countCrash(host: KubeletHost, worker: PodWorker, container: Container): void {
  const present = latest(worker.runtime, container.name)
  if (present?.state.is === 'exited') {
    host.crashes.failed(worker.crashKey(container), present.state.finishedAtMs)
  }
}

async function pullSecrets(host: KubeletHost, { pod }: PodWorker, signal: AbortSignal) {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => name ?? [])
  const namespace = pod.metadata.namespace ?? ''
  const found = await Promise.allSettled(
    names.map((name) => host.secrets.get(namespace, name, signal)),
  )
  const missing = names.filter((_, index) => found[index]?.status === 'rejected')
  if (missing.length > 0) {
    host.recorder.event(
      eventObject(pod),
      'Warning',
      'FailedToRetrieveImagePullSecret',
      `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
    )
  }
  return found.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}

function backOff(
  host: KubeletHost,
  worker: PodWorker,
  action: Extract<Action, { type: 'backOff' }>,
): void {
  const { pod } = worker
  const name = action.container
  const where = podText(pod)
  const container = specOf(pod, name)
  host.recorder.event(
    eventObject(pod, container),
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${name} in pod ${where}`,
  )
  const message = `back-off ${goSeconds(action.delayMs)} restarting failed container=${name} pod=${where}`
  const restMs = Math.min(action.remainingMs, backOffEventPeriodMs)
  worker.waiting.set(name, { reason: 'CrashLoopBackOff', message }, restMs)
}

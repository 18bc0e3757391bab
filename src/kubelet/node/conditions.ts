/** A node's conditions from what was measured; pure. Upstream: pkg/kubelet/nodestatus/setters.go at v1.36. */
import type { NodeCondition } from '#api/core/v1.gen.ts'
import type { RuntimeCondition } from '#cri/messages.gen.ts'
import { timestamp } from '#base/clock.ts'
import { thresholdAmount } from './machine.ts'
import type { FileSystem, Pressure } from './machine.ts'

export interface RuntimeHealth {
  /** Undefined when the runtime does not answer. */
  readonly conditions: readonly RuntimeCondition[] | undefined
}

export interface NodeHealth {
  readonly pressure: Pressure
  readonly runtime: RuntimeHealth
  readonly eviction: Readonly<Record<string, string>>
  readonly nowMs: number
  /** It has been short of these a short while ago: pressure does not come and go by the second. */
  readonly lately?: { readonly memory: boolean; readonly disk: boolean }
}

type Judged = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>

/** In upstream's order; times of transition are kept from `prior`. */
export function nodeConditions(
  health: NodeHealth,
  prior: readonly NodeCondition[],
): NodeCondition[] {
  const now = timestamp(health.nowMs)
  const judged = [memory(health), disk(health), pids(health), ready(health.runtime)]
  return judged.map((condition) => {
    const before = prior.find(({ type }) => type === condition.type)
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined
    return { ...condition, lastHeartbeatTime: now, lastTransitionTime: since ?? now }
  })
}

export function hasMemoryPressure({ pressure, eviction, lately }: NodeHealth): boolean {
  if (lately?.memory === true) return true
  return pressure.memoryAvailableBytes < thresholdAmount(eviction['memory.available'] ?? '0', 0)
}

function memory(health: NodeHealth): Judged {
  const type = 'MemoryPressure'
  return hasMemoryPressure(health)
    ? {
        type,
        status: 'True',
        reason: 'KubeletHasInsufficientMemory',
        message: 'kubelet has insufficient memory available',
      }
    : {
        type,
        status: 'False',
        reason: 'KubeletHasSufficientMemory',
        message: 'kubelet has sufficient memory available',
      }
}

export function hasDiskPressure({ pressure, eviction, lately }: NodeHealth): boolean {
  if (lately?.disk === true) return true
  const short = (name: string, system: FileSystem): boolean =>
    system.availableBytes <
      thresholdAmount(eviction[`${name}.available`] ?? '0', system.totalBytes) ||
    // File systems without inodes (btrfs) count none.
    (system.totalInodes > 0 &&
      system.freeInodes <
        thresholdAmount(eviction[`${name}.inodesFree`] ?? '0', system.totalInodes))
  return short('nodefs', pressure.storage) || short('imagefs', pressure.images)
}

function disk(health: NodeHealth): Judged {
  const type = 'DiskPressure'
  return hasDiskPressure(health)
    ? {
        type,
        status: 'True',
        reason: 'KubeletHasDiskPressure',
        message: 'kubelet has disk pressure',
      }
    : {
        type,
        status: 'False',
        reason: 'KubeletHasNoDiskPressure',
        message: 'kubelet has no disk pressure',
      }
}

function pids({ pressure, eviction }: NodeHealth): Judged {
  const type = 'PIDPressure'
  const threshold = thresholdAmount(eviction['pid.available'] ?? '0', pressure.pidsMax)
  return pressure.pidsAvailable < threshold
    ? {
        type,
        status: 'True',
        reason: 'KubeletHasInsufficientPID',
        message: 'kubelet has insufficient PID available',
      }
    : {
        type,
        status: 'False',
        reason: 'KubeletHasSufficientPID',
        message: 'kubelet has sufficient PID available',
      }
}

function ready(runtime: RuntimeHealth): Judged {
  const problem = runtimeProblem(runtime) ?? networkProblem(runtime)
  return problem === undefined
    ? {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
      }
    : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: problem }
}

function runtimeProblem({ conditions }: RuntimeHealth): string | undefined {
  if (conditions === undefined) return 'container runtime is down'
  return conditionProblem(conditions, 'RuntimeReady', 'container runtime not ready')
}

/** Why pods of the pod network cannot start; undefined when they can. */
export function networkProblem({ conditions }: RuntimeHealth): string | undefined {
  if (conditions === undefined) return 'container runtime is down'
  return conditionProblem(conditions, 'NetworkReady', 'container runtime network not ready')
}

function conditionProblem(
  conditions: readonly RuntimeCondition[],
  type: string,
  text: string,
): string | undefined {
  const condition = conditions.find((each) => each.type === type)
  if (condition === undefined) return `${text}: ${type}=unknown`
  if (condition.status) return undefined
  return `${text}: ${type}=false reason:${condition.reason} message:${condition.message}`
}

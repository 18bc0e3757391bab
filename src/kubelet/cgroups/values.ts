/**
 * Requests and limits as the kernel's numbers.
 * Upstream: pkg/kubelet/cm/helpers_linux.go, pkg/kubelet/qos/policy.go at v1.36.
 */
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { podLimits, podRequests, qosClass } from '#api/meta/pods.ts'
import type { QosClass } from '#api/meta/pods.ts'
import { cpuMillis, wholeUnits } from '#api/meta/quantity.ts'

/** What a cgroup grants; a number that is not there is no limit. */
export interface CgroupLimits {
  /** v1's scale, 2 to 262144. */
  readonly cpuShares?: number
  /** Microseconds of a period of 100 ms. */
  readonly cpuQuotaUs?: number
  readonly memoryBytes?: number
}

export const cpuPeriodUs = 100_000
const sharesMin = 2
const sharesMax = 262_144
const quotaMinUs = 1_000

export function cpuShares(millis: number): number {
  if (millis === 0) return sharesMin
  return Math.min(Math.max(Math.floor((millis * 1024) / 1000), sharesMin), sharesMax)
}

/** Undefined when there is no limit. */
export function cpuQuotaUs(millis: number): number | undefined {
  if (millis === 0) return undefined
  return Math.max(Math.floor((millis * cpuPeriodUs) / 1000), quotaMinUs)
}

/** v2's weight of v1's shares. Upstream: opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value. */
export function cpuWeight(shares: number): number {
  return Math.floor(1 + ((shares - 2) * 9999) / 262_142)
}

/** The limits of the cgroup around a pod's containers. */
export function podCgroupLimits(pod: Pod): CgroupLimits {
  const requests = podRequests(pod)
  const limits = podLimits(pod)
  const quota = cpuQuotaUs(limits['cpu'] ?? 0)
  const shares = cpuShares(requests['cpu'] ?? 0)
  const memoryBytes = limits['memory'] ?? 0
  if (qosClass(pod) === 'BestEffort') return { cpuShares: sharesMin }
  const everyContainer = (resource: string): boolean =>
    pod.spec.resources?.limits?.[resource] !== undefined ||
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].every(({ resources }) =>
      isPositive(resources?.limits?.[resource]),
    )
  return {
    cpuShares: shares,
    ...(quota !== undefined && everyContainer('cpu') ? { cpuQuotaUs: quota } : {}),
    ...(memoryBytes > 0 && everyContainer('memory') ? { memoryBytes } : {}),
  }
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && wholeUnits(quantity) > 0n
}

/** The limits of one container. */
export function containerCgroupLimits(container: Container): CgroupLimits {
  const { requests = {}, limits = {} } = container.resources ?? {}
  const limit = limits['cpu']
  const request = requests['cpu'] ?? limit
  const quota = limit === undefined ? undefined : cpuQuotaUs(cpuMillis(limit))
  const memory = limits['memory'] === undefined ? 0 : Number(wholeUnits(limits['memory']))
  return {
    cpuShares: cpuShares(request === undefined ? 0 : cpuMillis(request)),
    ...(quota === undefined ? {} : { cpuQuotaUs: quota }),
    ...(memory === 0 ? {} : { memoryBytes: memory }),
  }
}

const guaranteedOomScore = -997
const bestEffortOomScore = 1000
/** Upstream: pkg/apis/scheduling, SystemCriticalPriority. */
const systemCriticalPriority = 2_000_000_000

/** How eagerly the kernel ends a container's processes when memory runs out. */
export function oomScore(pod: Pod, container: Container, memoryCapacityBytes: number): number {
  if ((pod.spec.priority ?? 0) >= systemCriticalPriority) return guaranteedOomScore
  const quality: QosClass = qosClass(pod)
  if (quality === 'Guaranteed') return guaranteedOomScore
  if (quality === 'BestEffort') return bestEffortOomScore
  const request = Number(wholeUnits(container.resources?.requests?.['memory'] ?? '0'))
  const score = 1000 - Math.floor((1000 * request) / memoryCapacityBytes)
  // A burstable container goes after best-effort ones and before guaranteed ones.
  if (score < 1000 + guaranteedOomScore) return 1000 + guaranteedOomScore
  return score === bestEffortOomScore ? bestEffortOomScore - 1 : score
}

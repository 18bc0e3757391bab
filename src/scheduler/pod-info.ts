/** What scheduling needs to know of a pod, computed once when it is seen. */
import type { Affinity, Pod } from '#api/core/v1.gen.ts'
import { amount, podRequests, type ResourceAmounts } from '#api/meta/pods.ts'

/** Amounts in integers: millicores for cpu, bytes or counts for the rest. */
export interface Amounts {
  cpuMillis: number
  memoryBytes: number
  ephemeralStorageBytes: number
  /** Extended and hugepage resources by name; undefined: none. */
  others?: Map<string, number>
}

export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

export interface PodInfo {
  readonly pod: Pod
  readonly key: string
  readonly requests: Amounts
  /** With upstream's minimum for containers that ask for nothing, so that they spread, too. */
  readonly nonZero: { readonly cpuMillis: number; readonly memoryBytes: number }
  readonly hostPorts: readonly HostPort[]
  readonly affinity: Affinity | undefined
}

/** Upstream: pkg/scheduler/util/pod_resources.go, DefaultMilliCPURequest and DefaultMemoryRequest. */
const defaultCpuMillis = 100
const defaultMemoryBytes = 200 * 1024 * 1024

export function podInfo(pod: Pod): PodInfo {
  const requests = grouped(podRequests(pod))
  return {
    pod,
    key: `${pod.metadata.namespace}/${pod.metadata.name}`,
    requests,
    nonZero: nonZeroRequests(pod, requests),
    hostPorts: hostPorts(pod),
    affinity: pod.spec.affinity,
  }
}

/** The amounts of a node's allocatable (or any resource list). */
export function amountsOf(
  list: Readonly<Record<string, string>> | undefined,
): Amounts & { pods: number } {
  const amounts: ResourceAmounts = {}
  for (const [name, quantity] of Object.entries(list ?? {})) amounts[name] = amount(name, quantity)
  return { ...grouped(amounts), pods: amounts['pods'] ?? 0 }
}

/** The three that every node has as fields, the others in a map. */
function grouped(amounts: ResourceAmounts): Amounts {
  const { cpu = 0, memory = 0, 'ephemeral-storage': ephemeral = 0, pods: _, ...rest } = amounts
  const others = new Map(Object.entries(rest).filter(([, value]) => value !== 0))
  const group = { cpuMillis: cpu, memoryBytes: memory, ephemeralStorageBytes: ephemeral }
  return others.size === 0 ? group : { ...group, others }
}

/** Adds (`sign` 1) or takes away (-1) in place. */
export function accumulate(total: Amounts, part: Amounts, sign: 1 | -1): void {
  total.cpuMillis += sign * part.cpuMillis
  total.memoryBytes += sign * part.memoryBytes
  total.ephemeralStorageBytes += sign * part.ephemeralStorageBytes
  if (part.others === undefined) return
  total.others ??= new Map()
  for (const [name, amount] of part.others) {
    total.others.set(name, (total.others.get(name) ?? 0) + sign * amount)
  }
}

function nonZeroRequests(pod: Pod, requests: Amounts): PodInfo['nonZero'] {
  let cpu = requests.cpuMillis
  let memory = requests.memoryBytes
  for (const container of pod.spec.containers) {
    const asked = container.resources?.requests
    if (asked?.['cpu'] === undefined) cpu += defaultCpuMillis
    if (asked?.['memory'] === undefined) memory += defaultMemoryBytes
  }
  return { cpuMillis: cpu, memoryBytes: memory }
}

function hostPorts(pod: Pod): readonly HostPort[] {
  const ports: HostPort[] = []
  for (const container of pod.spec.containers) {
    for (const { hostPort = 0, hostIP = '0.0.0.0', protocol = 'TCP' } of container.ports ?? []) {
      if (hostPort > 0)
        ports.push({ ip: hostIP === '' ? '0.0.0.0' : hostIP, protocol, port: hostPort })
    }
  }
  return ports
}

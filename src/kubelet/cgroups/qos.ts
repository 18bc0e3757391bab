/**
 * The cgroups above those of pods: what all pods may use, and how the classes share it.
 * Upstream: pkg/kubelet/cm/{node_container_manager_linux,qos_container_manager_linux}.go at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { podRequests, qosClass } from '#api/meta/pods.ts'
import type { Logger } from '#base/logger.ts'
import type { Cgroups } from './cgroups.ts'
import { podsCgroup, qosCgroup } from './layout.ts'
import { cpuShares } from './values.ts'

export interface QosOptions {
  readonly cgroups: Cgroups
  readonly root: string
  readonly log: Logger
  /** What the node has, less what is reserved. */
  readonly cpuMillis: number
  readonly memoryBytes: number
}

export class QosCgroups {
  readonly #options: QosOptions
  #burstableShares = 0

  constructor(options: QosOptions) {
    this.#options = options
  }

  /** Makes them. */
  async begin(): Promise<void> {
    const { cgroups, root, cpuMillis, memoryBytes } = this.#options
    await cgroups.apply(podsCgroup(root), { cpuShares: cpuShares(cpuMillis), memoryBytes })
    await cgroups.apply(qosCgroup(root, 'BestEffort'), { cpuShares: cpuShares(0) })
    await this.#setBurstable(cpuShares(0))
  }

  /** Burstable pods together weigh what they request. */
  follow(pods: readonly Pod[]): void {
    const millis = pods
      .filter((pod) => qosClass(pod) === 'Burstable')
      .reduce((total, pod) => total + (podRequests(pod)['cpu'] ?? 0), 0)
    const shares = cpuShares(millis)
    if (shares === this.#burstableShares) return
    this.#setBurstable(shares).catch((error: unknown) => {
      this.#options.log.warning('cpu shares of burstable pods not set', { err: String(error) })
    })
  }

  async #setBurstable(shares: number): Promise<void> {
    this.#burstableShares = shares
    const { cgroups, root } = this.#options
    await cgroups.apply(qosCgroup(root, 'Burstable'), { cpuShares: shares })
  }
}

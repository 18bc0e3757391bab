/** The pod network of this node, once it has its pod CIDR. */
import type { Node } from '#api/core/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { writeConflist } from '#cni/conflist.ts'
import { ensurePodRules } from '#cni/pod-rules.ts'
import { enablePodNetworking } from '#cni/sysctls.ts'
import type { PodNetwork } from '#kubelet/options.ts'
import type { Run } from '#linux/run.ts'
import { systemSysctl } from '#linux/sysctl.ts'

export interface NetworkOptions {
  readonly network: PodNetwork
  readonly run: Run
  readonly clock: Clock
  readonly log: Logger
  /** Looks at the runtime and reports the node's status. */
  readonly report: () => Promise<void>
  readonly problem: () => string | undefined
}

/** A runtime reads a new configuration within a fraction of a second. */
const settle = { tries: 50, ms: 60 } as const

export class NodeNetwork {
  readonly #options: NetworkOptions
  #cidrs = ''

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  /** Follows the node's CIDRs; resolves when the runtime has the network, or it has been waited for in vain. */
  async follow(node: Node, signal: AbortSignal): Promise<void> {
    const { network, log, run } = this.#options
    const podCIDRs = node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : [])
    if (podCIDRs.length === 0 || this.#cidrs === podCIDRs.join()) return
    this.#cidrs = podCIDRs.join()
    const ipv6 = podCIDRs.some((cidr) => cidr.includes(':'))
    for (const { name, problem } of await enablePodNetworking({ ipv6 }, systemSysctl(), run)) {
      if (problem !== undefined) log.warning('sysctl not set', { name, problem })
    }
    if (network.masquerade) await ensurePodRules(run, podCIDRs)
    const written = await writeConflist(network.configFolder, {
      name: network.name,
      bridge: network.bridge,
      podCIDRs,
      mtuBytes: network.mtuBytes,
      // By the node's own rules, not by two a pod.
      masquerade: false,
      leaseFolder: network.leaseFolder,
    })
    log.info('pod network', { cidrs: podCIDRs, written })
    await this.#untilReady(signal)
  }

  async #untilReady(signal: AbortSignal): Promise<void> {
    const { clock, report, problem } = this.#options
    for (let tries = 0; tries < settle.tries && !signal.aborted; tries++) {
      await report()
      if (problem() === undefined) return
      await clock.sleep(settle.ms, signal)
    }
  }
}

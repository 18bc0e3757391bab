/** What a kubelet is told when it is started. */
import type { NodeAddress, Taint } from '#api/core/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import type { Run } from '#linux/run.ts'
import type { CgroupDriver } from './cgroups/cgroups.ts'
import type { KubeletPaths } from './container/names.ts'
import type { Reservation } from './node/machine.ts'

export interface KubeletOptions {
  readonly client: Client
  /** `unix:///run/containerd/containerd.sock` */
  readonly runtimeEndpoint: string
  readonly nodeName: string
  /** The node's own addresses, first the one of the primary family. */
  readonly nodeIps: readonly string[]
  /** Beside InternalIP of `nodeIps` and Hostname. */
  readonly addresses?: readonly NodeAddress[]
  readonly paths: KubeletPaths
  /** The folder of static pod manifests. */
  readonly manifestPath?: string | undefined
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  /** The node's own resolver configuration; '' for none. */
  readonly resolvConf: string
  /** Upstream's --cgroup-root; '' for the hierarchy's root. */
  readonly cgroupRoot: string
  /** Found out when it is not given. */
  readonly cgroupDriver?: CgroupDriver | undefined
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly podsMax: number
  /** Of the kubelet's server, as the Node shows it. */
  readonly port: number
  /** Signal → threshold, over upstream's defaults. */
  readonly evictionHard?: Readonly<Record<string, string>>
  readonly reserved?: Reservation
  /** Where the runtime keeps images; measured for disk pressure. */
  readonly imageRoot: string
  /** The pod network that the kubelet sets up once the node has its pod CIDR; absent: somebody else does. */
  readonly network?: PodNetwork | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly run: Run
}

export interface PodNetwork {
  /** The runtime's CNI configuration folder. */
  readonly configFolder: string
  readonly name: string
  readonly bridge: string
  readonly mtuBytes?: number | undefined
  readonly masquerade: boolean
  readonly leaseFolder?: string | undefined
}

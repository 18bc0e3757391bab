/** The node's CNI configuration: upstream's bridge, host-local and portmap plugins over the node's pod CIDRs. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface BridgeNetwork {
  /** The network's name; host-local keeps its leases under it. */
  readonly name: string
  readonly bridge: string
  /** The node's `spec.podCIDRs`: one of a family, two when dual-stack. */
  readonly podCIDRs: readonly string[]
  /** Of the pods' interfaces; undefined leaves it to the kernel. */
  readonly mtuBytes?: number | undefined
  /** Whether the plugin hides pods behind the node when they leave the node's own CIDR. */
  readonly masquerade: boolean
  /** Where host-local keeps its leases; undefined is /var/lib/cni/networks. */
  readonly leaseFolder?: string | undefined
}

/** The conflist of a network, as JSON writes it. */
export function bridgeConflist(network: BridgeNetwork): object {
  return {
    cniVersion: '1.0.0',
    name: network.name,
    plugins: [
      {
        type: 'bridge',
        bridge: network.bridge,
        isGateway: true,
        ipMasq: network.masquerade,
        hairpinMode: true,
        ...(network.mtuBytes === undefined ? {} : { mtu: network.mtuBytes }),
        ipam: {
          type: 'host-local',
          ranges: network.podCIDRs.map((subnet) => [{ subnet }]),
          routes: network.podCIDRs.map((cidr) => ({
            dst: cidr.includes(':') ? '::/0' : '0.0.0.0/0',
          })),
          ...(network.leaseFolder === undefined ? {} : { dataDir: network.leaseFolder }),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
}

/** The file's name sorts before others: a runtime takes the first one of the folder. */
const fileName = '10-k8ts.conflist'

/**
 * Writes the network's conflist into a runtime's configuration folder; true when it was not there
 * or differed. The file appears whole, for runtimes watch the folder.
 */
export async function writeConflist(folder: string, network: BridgeNetwork): Promise<boolean> {
  const path = join(folder, fileName)
  const text = `${JSON.stringify(bridgeConflist(network), null, 2)}\n`
  const present = await readFile(path, 'utf8').catch(() => undefined)
  if (present === text) return false
  await mkdir(folder, { recursive: true })
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
  return true
}

/**
 * Gives each node its share of the cluster's pod addresses.
 * Upstream: pkg/controller/nodeipam/ipam/range_allocator.go at v1.36.
 */
import type { Node } from '#api/core/v1.gen.ts'
import { nodes } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { AnyController } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { unlessGone } from '#controllers/writes.ts'
import { CidrSet } from './cidr-set.ts'

interface Deps {
  readonly client: Client
  readonly recorder: EventRecorder
  readonly nodes: ReadonlyStore<Node>
  readonly sets: readonly CidrSet[]
  /** What each node has, so that it can be given back when the node is gone. */
  readonly taken: Map<string, readonly string[]>
}

export interface NodeIpamOptions {
  /** One range a family, as --cluster-cidr: `10.244.0.0/16`. */
  readonly clusterCidrs: readonly string[]
  /** Not to be handed out where it overlaps: --service-cluster-ip-range. */
  readonly serviceCidrs: readonly string[]
  /** --node-cidr-mask-size-ipv4, default 24. */
  readonly nodeMaskV4?: number
  /** --node-cidr-mask-size-ipv6, default 64. */
  readonly nodeMaskV6?: number
}

/** Throws when a range is no CIDR or too small. */
export function nodeIpamController(options: NodeIpamOptions): AnyController {
  const sets = options.clusterCidrs.map((range) => {
    const isV6 = range.includes(':')
    const set = new CidrSet(range, isV6 ? (options.nodeMaskV6 ?? 64) : (options.nodeMaskV4 ?? 24))
    for (const service of options.serviceCidrs) set.occupy(service)
    return set
  })
  return defineController<Deps>({
    name: 'node-ipam-controller',
    primary: nodes,
    writes: ['nodes'],
    // One at a time: two nodes must not be given the same share.
    workersMax: 1,

    open({ client, recorder, informer }) {
      const taken = new Map<string, readonly string[]>()
      const nodeInformer = informer(nodes)
      const note = (node: Node): void => occupy(node, sets, taken)
      nodeInformer.subscribe({ added: note, updated: note })
      return { client, recorder, nodes: nodeInformer.store, sets, taken }
    },

    async reconcile(key, deps, signal) {
      const node = deps.nodes.get(key)
      if (node === undefined) release(key, deps)
      else if (node.spec.podCIDR === undefined) await assign(node, deps, signal)
      return done
    },
  })
}

/** Called for all nodes before the first is reconciled, so that nothing is handed out twice. */
function occupy(
  { metadata, spec }: Node,
  sets: readonly CidrSet[],
  taken: Map<string, readonly string[]>,
): void {
  const cidrs = spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR])
  if (cidrs.length === 0) return
  for (const cidr of cidrs) for (const set of sets) set.occupy(cidr)
  taken.set(metadata.name, cidrs)
}

function release(name: string, { sets, taken }: Deps): void {
  for (const cidr of taken.get(name) ?? []) for (const set of sets) set.release(cidr)
  taken.delete(name)
}

async function assign(node: Node, deps: Deps, signal: AbortSignal): Promise<void> {
  const { name } = node.metadata
  // A write that failed half-way left its share here.
  const podCIDRs = deps.taken.get(name) ?? allocate(deps.sets)
  if (podCIDRs === undefined) {
    const text = `Node ${name} status is now: CIDRNotAvailable`
    deps.recorder.event(referenceOf(nodes, node), 'Normal', 'CIDRNotAvailable', text)
    throw new Error('there are no remaining CIDRs left to allocate in the accepted range')
  }
  deps.taken.set(name, podCIDRs)
  const spec = { podCIDR: podCIDRs[0], podCIDRs }
  await unlessGone(deps.client.for(nodes).patch(name, 'strategic', { spec }, { signal }))
}

/** One share of each family, or none at all. */
function allocate(sets: readonly CidrSet[]): readonly string[] | undefined {
  const shares = sets.map((set) => ({ set, cidr: set.allocate() }))
  if (shares.every(({ cidr }) => cidr !== undefined))
    return shares.flatMap(({ cidr }) => cidr ?? [])
  for (const { set, cidr } of shares) if (cidr !== undefined) set.release(cidr)
  return undefined
}

/** Upstream: describe.go, NodeDescriber. */
import type { Lease } from '#api/coordination/v1.gen.ts'
import type { Node, Pod, Taint } from '#api/core/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { isStatus } from '#api/meta/status.ts'
import type { ResourceSlice } from '#api/resource/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { eventsAbout } from '#kubectl/describe/events.ts'
import { annotations, created, labels, name, sortedKeys } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import type { Reader } from '#kubectl/describe/reader.ts'
import { dateText } from '#kubectl/describe/time-text.ts'
import { orNone, orUnset, quantityText } from '#kubectl/describe/values.ts'
import { writeAllocated, writePods } from './node-pods.ts'
import { writeSlices } from './node-slices.ts'
import { writeSystemInfo } from './system-info.ts'

interface OfNode {
  /** Undefined: the user may not see them. */
  readonly pods: readonly Pod[] | undefined
  /** Or why there is none. */
  readonly lease: Lease | string
  readonly slices: readonly ResourceSlice[]
}

export const node = describer<Node, OfNode>({
  version: 'v1',
  related: async ({ metadata }, reader) => ({
    pods: await podsOn(metadata.name, reader),
    slices: await slicesOn(metadata.name, reader),
    lease: await leaseOf(metadata.name, reader),
  }),
  sections: [
    name,
    ['Roles', (object) => orNone(rolesOf(object).join(','))],
    labels,
    annotations,
    created,
    writeTaints,
    ['Unschedulable', ({ spec }) => spec.unschedulable ?? false],
    (w, _object, { related }) => writeLease(w, related.lease),
    writeConditions,
    writeAddresses,
    (w, { status }) => writeResourceList(w, 'Capacity', status?.capacity),
    (w, { status }) => writeResourceList(w, 'Allocatable', status?.allocatable),
    (w, _object, { related }) => writeSlices(w, related.slices),
    (w, { status }) => writeSystemInfo(w, status?.nodeInfo),
    ['PodCIDR', ({ spec }) => spec.podCIDR || undefined],
    ['PodCIDRs', ({ spec }) => spec.podCIDRs?.join(',') || undefined],
    ['ProviderID', ({ spec }) => spec.providerID || undefined],
    (w, object, { related: { pods }, nowMs }) => {
      if (pods === undefined) {
        w.write(0, 'Pods:\tnot authorized\n')
        return
      }
      writePods(w, object, { pods, nowMs })
      writeAllocated(w, object, pods)
    },
  ],
  // The kubelet writes the node's name as the UID in its events.
  events: async ({ metadata }, reader) => {
    const about = { kind: 'Node', metadata }
    const byName = { kind: 'Node', metadata: { ...metadata, uid: metadata.name } }
    return [...(await eventsAbout(about, reader)), ...(await eventsAbout(byName, reader))]
  },
})

async function podsOn(nodeName: string, reader: Reader): Promise<readonly Pod[] | undefined> {
  const fields = `spec.nodeName=${nodeName},status.phase!=Succeeded,status.phase!=Failed`
  try {
    return await reader.list<Pod>({ resource: 'pods' }, { fields })
  } catch (error) {
    if (isStatus(error, 'Forbidden')) return undefined
    throw error
  }
}

async function slicesOn(nodeName: string, reader: Reader): Promise<readonly ResourceSlice[]> {
  const place = { group: 'resource.k8s.io', resource: 'resourceslices' }
  const selected = { fields: `spec.nodeName=${nodeName}`, inChunks: false } as const
  return await reader.list<ResourceSlice>(place, selected).catch(() => [])
}

async function leaseOf(nodeName: string, reader: Reader): Promise<Lease | string> {
  const place = {
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: 'kube-node-lease',
  }
  return await reader.get<Lease>(place, nodeName).catch((error: unknown) => {
    return error instanceof Error ? error.message : String(error)
  })
}

const rolePrefix = 'node-role.kubernetes.io/'

/** Upstream: describe.go, findNodeRoles. */
function rolesOf({ metadata }: Node): readonly string[] {
  const roles = Object.entries(metadata.labels ?? {}).map(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length)
    return key === 'kubernetes.io/role' ? value : ''
  })
  return [...new Set(roles.filter((role) => role !== ''))].sort(compareBytes)
}

function writeTaints(w: PrefixWriter, { spec }: Node): void {
  const order = ({ effect, key }: Taint): string => `${effect},${key}`
  const taints = (spec.taints ?? []).toSorted((a, b) => compareBytes(order(a), order(b)))
  w.write(0, 'Taints:\t')
  if (taints.length === 0) w.line('<none>')
  for (const [at, taint] of taints.entries()) {
    w.write(0, `${at === 0 ? '' : '\t'}${taintText(taint)}\n`)
  }
}

function taintText({ key, value = '', effect }: Taint): string {
  const pair = value === '' ? key : `${key}=${value}`
  return effect === '' ? pair : `${pair}:${effect}`
}

function writeLease(w: PrefixWriter, lease: Lease | string): void {
  if (typeof lease === 'string') {
    w.write(0, `Lease:\tFailed to get lease: ${lease}\n`)
    return
  }
  const { holderIdentity, acquireTime, renewTime } = lease.spec ?? {}
  w.write(0, 'Lease:\n')
  w.write(1, `HolderIdentity:\t${orUnset(holderIdentity)}\n`)
  w.write(1, `AcquireTime:\t${acquireTime === undefined ? '<unset>' : dateText(acquireTime)}\n`)
  w.write(1, `RenewTime:\t${renewTime === undefined ? '<unset>' : dateText(renewTime)}\n`)
}

function writeConditions(w: PrefixWriter, { status }: Node): void {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return
  w.write(0, 'Conditions:\n')
  w.write(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n')
  w.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n')
  for (const condition of conditions) {
    const { type, status: is, lastHeartbeatTime, lastTransitionTime } = condition
    const times = `${dateText(lastHeartbeatTime)} \t${dateText(lastTransitionTime)}`
    const { reason = '', message = '' } = condition
    w.write(1, `${type} \t${is} \t${times} \t${reason} \t${message}\n`)
  }
}

function writeAddresses(w: PrefixWriter, { status }: Node): void {
  w.write(0, 'Addresses:\n')
  for (const { type, address } of status?.addresses ?? []) w.write(1, `${type}:\t${address}\n`)
}

function writeResourceList(
  w: PrefixWriter,
  title: string,
  list: Readonly<Record<string, string>> = {},
): void {
  const resources = sortedKeys(list)
  if (resources.length > 0) w.write(0, `${title}:\n`)
  for (const resource of resources) w.write(1, `${resource}:\t${quantityText(list[resource])}\n`)
}

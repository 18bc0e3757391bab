/** What the pods of a node ask for. Upstream: describe.go, describeNodeResource. */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { cpuMillis, wholeUnits } from '#api/meta/quantity.ts'
import { sortedKeys } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { sinceText } from '#kubectl/describe/time-text.ts'
import { quantityText } from '#kubectl/describe/values.ts'
import { podResources, sumOf } from './pod-resources.ts'
import type { ResourceList } from './pod-resources.ts'

export function writePods(
  w: PrefixWriter,
  node: Node,
  { pods, nowMs }: { readonly pods: readonly Pod[]; readonly nowMs: number },
): void {
  const has = allocatableOf(node)
  w.write(0, `Non-terminated Pods:\t(${pods.length} in total)\n`)
  w.write(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n')
  w.write(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n')
  for (const pod of pods) {
    const { namespace = '', name, creationTimestamp } = pod.metadata
    const requests = podResources(pod, 'requests', { withStatus: true })
    const limits = podResources(pod, 'limits', { withStatus: true })
    const cells = ['cpu', 'memory'].flatMap((resource) =>
      [requests, limits].map((list) => {
        const share = fraction(resource, list[resource], has[resource])
        return `${quantityText(list[resource])} (${share}%)`
      }),
    )
    const age = sinceText(creationTimestamp, nowMs)
    w.write(1, `${namespace}\t${name}\t\t${cells.join('\t')}\t${age}\n`)
  }
}

const alwaysShown = ['cpu', 'memory', 'ephemeral-storage']

export function writeAllocated(w: PrefixWriter, node: Node, pods: readonly Pod[]): void {
  const has = allocatableOf(node)
  const requests = sumOf(pods.map((pod) => podResources(pod, 'requests', { withStatus: false })))
  const limits = sumOf(pods.map((pod) => podResources(pod, 'limits', { withStatus: false })))
  w.write(0, 'Allocated resources:\n')
  w.write(1, '(Total limits may be over 100 percent, i.e., overcommitted.)\n')
  w.write(1, 'Resource\tRequests\tLimits\n')
  w.write(1, '--------\t--------\t------\n')
  const names = sortedKeys(has)
  const hugePages = names.filter((name) => name.startsWith('hugepages-'))
  for (const resource of [...alwaysShown, ...hugePages]) {
    const cells = [requests, limits].map((list) => {
      const share = shareOrZero(resource, list[resource], has[resource])
      return `${quantityText(list[resource])} (${share}%)`
    })
    w.write(1, `${resource}\t${cells.join('\t')}\n`)
  }
  const known = new Set([...alwaysShown, ...hugePages, 'pods'])
  for (const resource of names.filter((name) => !known.has(name))) {
    const cells = [requests, limits].map((list) => quantityText(list[resource]))
    w.write(1, `${resource}\t${cells.join('\t')}\n`)
  }
}

function allocatableOf({ status }: Node): ResourceList {
  const { allocatable = {}, capacity = {} } = status ?? {}
  return Object.keys(allocatable).length > 0 ? allocatable : capacity
}

function shareOrZero(
  resource: string,
  part: string | undefined,
  whole: string | undefined,
): string {
  return amount(resource, whole) === 0 ? '0' : fraction(resource, part, whole)
}

/** In percent. What cannot be divided is what Go makes of it as an int64. */
function fraction(resource: string, part: string | undefined, whole: string | undefined): string {
  const percent = (amount(resource, part) / amount(resource, whole)) * 100
  return Number.isFinite(percent) ? String(Math.trunc(percent)) : '-9223372036854775808'
}

function amount(resource: string, quantity = '0'): number {
  return resource === 'cpu' ? cpuMillis(quantity) : Number(wholeUnits(quantity))
}

/**
 * Whether a DaemonSet's pod belongs on a node.
 * Upstream: pkg/controller/daemon/{daemon_controller.go,util/daemonset_util.go} at v1.36.
 */
import type { DaemonSet } from '#api/apps/v1.gen.ts'
import type {
  Affinity,
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodSpec,
  Toleration,
} from '#api/core/v1.gen.ts'
import type { LabelOperator } from '#api/meta/labels.ts'
import { requirementMatches } from '#api/meta/labels.ts'
import { findUntoleratedTaint } from '#api/meta/taints.ts'

export interface Eligibility {
  /** A pod should be made here. */
  readonly shouldRun: boolean
  /** A pod that is here may stay. */
  readonly mayStay: boolean
}

/** What every daemon bears, whatever its template says. */
const daemonTolerations: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
]
const networkToleration: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
}

export function tolerationsOf(spec: PodSpec): Toleration[] {
  const added = spec.hostNetwork === true ? [networkToleration] : []
  const ours = [...daemonTolerations, ...added]
  const others = (spec.tolerations ?? []).filter(
    ({ key, effect, operator }) =>
      !ours.some((own) => own.key === key && own.effect === effect && own.operator === operator),
  )
  return [...others, ...ours]
}

export function eligibilityOf({ spec }: DaemonSet, node: Node): Eligibility {
  const pod = spec.template.spec ?? { containers: [] }
  const isNamed =
    pod.nodeName === undefined || pod.nodeName === '' || pod.nodeName === node.metadata.name
  if (!isNamed || !fitsSelectors(pod, node)) return { shouldRun: false, mayStay: false }
  const tolerations = tolerationsOf(pod)
  const { taints } = node.spec
  const untolerated = (effects: readonly string[]) =>
    findUntoleratedTaint(taints, tolerations, ({ effect }) => effects.includes(effect))
  return {
    shouldRun: untolerated(['NoSchedule', 'NoExecute']) === undefined,
    mayStay: untolerated(['NoExecute']) === undefined,
  }
}

function fitsSelectors({ nodeSelector = {}, affinity }: PodSpec, node: Node): boolean {
  const { labels = {} } = node.metadata
  if (!Object.entries(nodeSelector).every(([name, value]) => labels[name] === value)) return false
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || required.nodeSelectorTerms.some((term) => fitsTerm(term, node))
}

function fitsTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node) {
  // A term without requirements selects nothing.
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields = { 'metadata.name': node.metadata.name }
  return (
    matchExpressions.every((requirement) => fits(requirement, node.metadata.labels ?? {})) &&
    matchFields.every((requirement) => fits(requirement, fields))
  )
}

const operators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
}

function fits(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const known = operators[operator]
  return known !== undefined && requirementMatches({ key, operator: known, values }, labels)
}

const nameField = 'metadata.name'

/**
 * The affinity with the node's name for all required terms, which were checked when the node was chosen:
 * the scheduler has one choice.
 */
export function pinnedTo(nodeName: string, affinity: Affinity | undefined): Affinity {
  const pin = { key: nameField, operator: 'In', values: [nodeName] }
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [pin] }],
      },
    },
  }
}

/** Where a daemon pod runs or is to run; undefined for one that is not pinned. */
export function targetNode({ nodeName, affinity }: PodSpec): string | undefined {
  if (nodeName) return nodeName
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
    const pin = matchFields.find(({ key, operator }) => key === nameField && operator === 'In')
    if (pin?.values?.length === 1) return pin.values[0]
  }
  return undefined
}

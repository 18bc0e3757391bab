/** nodeSelector and node affinity. Upstream: component-helpers/scheduling/corev1/nodeaffinity. */
import type {
  Node,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
} from '#api/core/v1.gen.ts'
import { normalizeByMax, unresolvable, type Plugin } from '#scheduler/framework.ts'

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  wakesOn: ['NodeAdd', 'NodeLabel', 'PodUpdate'],
  weight: 2,
  preFilter({ pod }) {
    const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    if (pod.spec.nodeSelector === undefined && required === undefined) return { type: 'skip' }
    const nodes = required === undefined ? undefined : namedNodes(required)
    return nodes === undefined ? { type: 'go' } : { type: 'go', nodes }
  },
  filter: ({ pod }, { node }) =>
    node !== undefined && requiredMatches(pod, node)
      ? undefined
      : unresolvable("node(s) didn't match Pod's node affinity/selector"),
  preScore: ({ affinity }) =>
    affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution === undefined
      ? { type: 'skip' }
      : { type: 'go' },
  score({ affinity }, { node }) {
    let total = 0
    for (const { weight, preference } of affinity?.nodeAffinity
      ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (node !== undefined && termMatches(preference, node)) total += weight
    }
    return total
  },
  normalize: (scores) => normalizeByMax(scores, false),
}

/** Whether the node has all that the pod requires of it. */
export function requiredMatches(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (labels[key] !== value) return false
  }
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return (
    required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node))
  )
}

/** Requirements of a term are joined by and; an empty term matches nothing. */
function termMatches(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? []
  const fields = term.matchFields ?? []
  if (expressions.length + fields.length === 0) return false
  return (
    expressions.every((requirement) =>
      matches(requirement, node.metadata.labels?.[requirement.key]),
    ) && fields.every((requirement) => matches(requirement, fieldOf(node, requirement.key)))
  )
}

function fieldOf(node: Node, key: string): string | undefined {
  return key === 'metadata.name' ? node.metadata.name : undefined
}

function matches(
  { operator, values = [] }: NodeSelectorRequirement,
  actual: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual)
    case 'NotIn':
      return actual === undefined || !values.includes(actual)
    case 'Exists':
      return actual !== undefined
    case 'DoesNotExist':
      return actual === undefined
    case 'Gt':
    case 'Lt': {
      const bound = values[0]
      if (actual === undefined || bound === undefined || !isInteger(actual) || !isInteger(bound))
        return false
      return operator === 'Gt' ? BigInt(actual) > BigInt(bound) : BigInt(actual) < BigInt(bound)
    }
    default:
      return false
  }
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text)
}

/** When every term names nodes, only those need a look (DaemonSet pods do this). */
function namedNodes(required: NodeSelector): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  for (const { matchFields = [] } of required.nodeSelectorTerms) {
    const field = matchFields.find(
      ({ key, operator }) => key === 'metadata.name' && operator === 'In',
    )
    if (field === undefined) return undefined
    for (const name of field.values ?? []) names.add(name)
  }
  return names
}

/** Pods near other pods, or far from them. Upstream: plugins/interpodaffinity/{filtering,scoring}.go. */
import type { WeightedPodAffinityTerm } from '#api/core/v1.gen.ts'
import { compileTerm, PairCounts, termMatches, type Term } from '#scheduler/affinity-terms.ts'
import type { ClusterState } from '#scheduler/cluster-state.ts'
import { resolvable, unresolvable, type Plugin, type Rejection } from '#scheduler/framework.ts'
import type { NodeInfo } from '#scheduler/node-info.ts'
import type { PodInfo } from '#scheduler/pod-info.ts'

interface Prepared {
  readonly affinity: readonly Term[]
  readonly antiAffinity: readonly Term[]
  /** Where pods run that match all affinity terms. */
  readonly near: PairCounts
  /** Where pods run that match an anti-affinity term, per term's topology. */
  readonly far: PairCounts
  /** Where pods run whose own anti-affinity is against this pod. */
  readonly unwelcome: PairCounts
  /** The pod matches its own terms: the first of a group may go anywhere. */
  readonly matchesItself: boolean
}

export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  wakesOn: ['PodAdd', 'PodDelete', 'PodUpdate', 'NodeAdd', 'NodeLabel'],
  weight: 2,
  preFilter(info, state) {
    const affinity = requiredTerms(info, 'podAffinity')
    const antiAffinity = requiredTerms(info, 'podAntiAffinity')
    const unwelcome = unwelcomePairs(info, state)
    if (affinity.length === 0 && antiAffinity.length === 0 && unwelcome.isEmpty)
      return { type: 'skip' }
    const { near, far } = countMatches(affinity, antiAffinity, state)
    const matchesItself = affinity.every((term) =>
      termMatches(term, info.pod, state.namespaceLabels),
    )
    const prepared: Prepared = { affinity, antiAffinity, near, far, unwelcome, matchesItself }
    return { type: 'go', prepared }
  },
  filter: (_info, node, prepared) => refusal(node, prepared as Prepared),
  preScore(info, _nodes, state) {
    const scores = topologyScores(info, state)
    return scores.isEmpty ? { type: 'skip' } : { type: 'go', prepared: scores }
  },
  score(_info, node, prepared) {
    let total = 0
    for (const [key, value, weight] of (prepared as PairCounts).pairs()) {
      if (node.label(key) === value) total += weight
    }
    return total
  },
  normalize(scores) {
    let min = Infinity
    let max = -Infinity
    for (const score of scores) {
      min = Math.min(min, score)
      max = Math.max(max, score)
    }
    for (let index = 0; index < scores.length; index++) {
      const above = (scores[index] ?? 0) - min
      scores[index] = max === min ? 0 : Math.floor((100 * above) / (max - min))
    }
  },
}

function requiredTerms(info: PodInfo, side: 'podAffinity' | 'podAntiAffinity'): readonly Term[] {
  const terms = info.affinity?.[side]?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.map((term) => compileTerm(term, info.pod))
}

function unwelcomePairs({ pod }: PodInfo, state: ClusterState): PairCounts {
  const pairs = new PairCounts()
  for (const node of state.affineNodes) {
    for (const existing of node.affinePods.values()) {
      for (const term of requiredTerms(existing, 'podAntiAffinity')) {
        if (termMatches(term, pod, state.namespaceLabels)) {
          pairs.add(term.topologyKey, node.label(term.topologyKey), 1)
        }
      }
    }
  }
  return pairs
}

function countMatches(
  affinity: readonly Term[],
  antiAffinity: readonly Term[],
  state: ClusterState,
) {
  const near = new PairCounts()
  const far = new PairCounts()
  if (affinity.length === 0 && antiAffinity.length === 0) return { near, far }
  for (const node of state.nodes) {
    for (const { pod } of node.pods.values()) {
      const matches = (term: Term): boolean => termMatches(term, pod, state.namespaceLabels)
      if (affinity.length > 0 && affinity.every(matches)) {
        for (const { topologyKey } of affinity) near.add(topologyKey, node.label(topologyKey), 1)
      }
      for (const term of antiAffinity) {
        if (matches(term)) far.add(term.topologyKey, node.label(term.topologyKey), 1)
      }
    }
  }
  return { near, far }
}

function refusal(node: NodeInfo, prepared: Prepared): Rejection | undefined {
  const { affinity, antiAffinity, near, far, unwelcome, matchesItself } = prepared
  if (!affinityHolds(node, affinity, { near, matchesItself })) {
    return unresolvable("node(s) didn't match pod affinity rules")
  }
  if (antiAffinity.some(({ topologyKey }) => far.get(topologyKey, node.label(topologyKey)) > 0)) {
    return resolvable("node(s) didn't match pod anti-affinity rules")
  }
  for (const [key, value] of unwelcome.pairs()) {
    if (node.label(key) === value)
      return resolvable("node(s) didn't satisfy existing pods anti-affinity rules")
  }
  return undefined
}

function affinityHolds(
  node: NodeInfo,
  terms: readonly Term[],
  { near, matchesItself }: Pick<Prepared, 'near' | 'matchesItself'>,
): boolean {
  if (terms.some(({ topologyKey }) => node.label(topologyKey) === undefined)) return false
  if (terms.every(({ topologyKey }) => near.get(topologyKey, node.label(topologyKey)) > 0))
    return true
  return near.isEmpty && matchesItself
}

/** What each topology pair is worth to the pod: its own wishes, and those of the pods that run. */
function topologyScores(info: PodInfo, state: ClusterState): PairCounts {
  const scores = new PairCounts()
  const own = [...preferred(info, 'podAffinity', 1), ...preferred(info, 'podAntiAffinity', -1)]
  const nodes = own.length > 0 ? state.nodes : state.affineNodes
  for (const node of nodes) {
    const existingPods = own.length > 0 ? node.pods.values() : node.affinePods.values()
    for (const existing of existingPods) {
      for (const { term, weight } of own) {
        if (termMatches(term, existing.pod, state.namespaceLabels)) {
          scores.add(term.topologyKey, node.label(term.topologyKey), weight)
        }
      }
      if (existing.affinity === undefined) continue
      for (const { term, weight } of wishesOf(existing)) {
        if (termMatches(term, info.pod, state.namespaceLabels)) {
          scores.add(term.topologyKey, node.label(term.topologyKey), weight)
        }
      }
    }
  }
  return scores
}

interface WeightedTerm {
  readonly term: Term
  readonly weight: number
}

/** Upstream's hardPodAffinityWeight: what a running pod requires is a mild wish for the next one. */
const hardAffinityWeight = 1

function wishesOf(info: PodInfo): readonly WeightedTerm[] {
  return [
    ...requiredTerms(info, 'podAffinity').map((term) => ({ term, weight: hardAffinityWeight })),
    ...preferred(info, 'podAffinity', 1),
    ...preferred(info, 'podAntiAffinity', -1),
  ]
}

function preferred(
  info: PodInfo,
  side: 'podAffinity' | 'podAntiAffinity',
  sign: 1 | -1,
): readonly WeightedTerm[] {
  const terms: readonly WeightedPodAffinityTerm[] =
    info.affinity?.[side]?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  return terms.map(({ podAffinityTerm, weight }) => ({
    term: compileTerm(podAffinityTerm, info.pod),
    weight: sign * weight,
  }))
}

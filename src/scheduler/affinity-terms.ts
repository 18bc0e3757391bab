/** Terms of pod affinity, compiled: does this pod match? Upstream: framework/types.go, AffinityTerm. */
import type { Pod, PodAffinityTerm } from '#api/core/v1.gen.ts'
import { labelSelectorMatcher, type LabelSelectorMatcher } from '#api/meta/labels.ts'

export interface Term {
  readonly topologyKey: string
  readonly namespaces: ReadonlySet<string>
  /** Undefined: only `namespaces` count. */
  readonly namespaceSelector: LabelSelectorMatcher | undefined
  /** Undefined: matches no pod. */
  readonly selector: LabelSelectorMatcher | undefined
}

type NamespaceLabels = ReadonlyMap<string, Readonly<Record<string, string>>>

/** Without namespaces and namespaceSelector a term means the namespace of the pod that has it. */
export function compileTerm(term: PodAffinityTerm, owner: Pod): Term {
  const named = term.namespaces ?? []
  const own = named.length === 0 && term.namespaceSelector === undefined
  return {
    topologyKey: term.topologyKey,
    namespaces: new Set(own ? [owner.metadata.namespace ?? ''] : named),
    namespaceSelector: term.namespaceSelector && labelSelectorMatcher(term.namespaceSelector),
    selector: term.labelSelector && labelSelectorMatcher(term.labelSelector),
  }
}

export function termMatches(term: Term, pod: Pod, namespaces: NamespaceLabels): boolean {
  const namespace = pod.metadata.namespace ?? ''
  const inNamespace =
    term.namespaces.has(namespace) ||
    term.namespaceSelector?.matches(namespaces.get(namespace)) === true
  return inNamespace && term.selector?.matches(pod.metadata.labels) === true
}

/** Counts per topology pair: `zone` → `eu-1` → n. */
export class PairCounts {
  readonly #counts = new Map<string, Map<string, number>>()

  add(key: string, value: string | undefined, amount: number): void {
    if (value === undefined) return
    let values = this.#counts.get(key)
    if (values === undefined) this.#counts.set(key, (values = new Map()))
    values.set(value, (values.get(value) ?? 0) + amount)
  }

  get(key: string, value: string | undefined): number {
    return value === undefined ? 0 : (this.#counts.get(key)?.get(value) ?? 0)
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0
  }

  /** Every pair with its count. */
  *pairs(): Generator<readonly [key: string, value: string, count: number]> {
    for (const [key, values] of this.#counts) {
      for (const [value, count] of values) yield [key, value, count]
    }
  }
}

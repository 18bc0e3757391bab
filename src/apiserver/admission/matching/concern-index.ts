/**
 * Which configurations a request may concern, by what their rules say. Requests of one kind (operation,
 * resource, subresource) share the answer, so the rules are looked at once a change.
 */
import type { NamedRuleWithOperations } from '#api/admissionregistration/v1.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Resource } from '#resources/resource.ts'
import { isExempt, matchedRow, type Constraints } from './rules.ts'
import { equivalentRows } from './versions.ts'

export interface Concerned<T> {
  readonly item: T
  /** The kind in which it wants to see the request's object. */
  readonly row: Resource
}

export interface Source<T> {
  readonly items: readonly T[]
  /** Changes with the items. */
  readonly version: number
}

interface Known<T> {
  /** Kinds that came by a definition change with it. */
  readonly resource: Resource
  readonly found: readonly Concerned<T>[]
}

const limits = {
  /** Kinds of requests that are remembered; there are about as many as resources and verbs. */
  knownMax: 4096,
} as const

export class ConcernIndex<T extends { readonly constraints: Constraints }> {
  readonly #objects: () => Objects
  readonly #source: () => Source<T>
  readonly #known = new Map<string, Known<T>>()
  #knownVersion = -1

  constructor(objects: () => Objects, source: () => Source<T>) {
    this.#objects = objects
    this.#source = source
  }

  /** Those whose rules match, but for names of objects; none for configurations of admission itself. */
  of(request: AdmissionRequest): readonly Concerned<T>[] {
    const { items, version } = this.#source()
    if (items.length === 0 || isExempt(request)) return []
    if (this.#knownVersion !== version || this.#known.size > limits.knownMax) {
      this.#known.clear()
      this.#knownVersion = version
    }
    const { group, version: apiVersion, plural } = request.resource
    const key = `${request.operation} ${group}/${apiVersion} ${plural}/${request.subresource}`
    const known = this.#known.get(key)
    if (known?.resource === request.resource) return known.found
    const found = this.#match(request, items)
    this.#known.set(key, { resource: request.resource, found })
    return found
  }

  #match(request: AdmissionRequest, items: readonly T[]): readonly Concerned<T>[] {
    return items.flatMap((item) => {
      const row = this.rowFor(request, nameless(item.constraints))
      return row === undefined ? [] : [{ item, row }]
    })
  }

  /** As the rules say exactly; undefined: they are not about the request. */
  rowFor(request: AdmissionRequest, constraints: Constraints): Resource | undefined {
    return matchedRow(request, constraints, (row) => equivalentRows(row, this.#objects()))
  }
}

/** What is left of rules when the name is not looked at: more may match, less is excluded. */
function nameless({ matchPolicy, rules, excluded }: Constraints): Constraints {
  const hasNames = ({ resourceNames = [] }: NamedRuleWithOperations): boolean =>
    resourceNames.length > 0
  return {
    matchPolicy,
    rules: rules.map((rule) => (hasNames(rule) ? { ...rule, resourceNames: [] } : rule)),
    excluded: excluded.filter((rule) => !hasNames(rule)),
  }
}

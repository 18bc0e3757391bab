/** Which webhooks a request concerns, found without looking at those that it cannot concern. */
import type { ResourceType, ApiObject } from '#api/resource-type.ts'
import { LiveConfigurations } from '#apiserver/admission/matching/live-configurations.ts'
import { matchedRow, isExempt } from '#apiserver/admission/matching/rules.ts'
import { selects } from '#apiserver/admission/matching/selectors.ts'
import { equivalentRows } from '#apiserver/admission/matching/versions.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Resource } from '#resources/resource.ts'
import { compileHooks, type Hook } from './compile-hooks.ts'

export interface Concerned {
  readonly hook: Hook
  readonly row: Resource
}

const limits = {
  /** Kinds of requests whose webhooks are remembered; there are about as many as resources and verbs. */
  knownMax: 4096,
} as const

export class Hooks implements Disposable {
  readonly #objects: Objects
  readonly #live: LiveConfigurations<ApiObject, readonly Hook[]>
  /** By what rules can tell apart. */
  readonly #known = new Map<string, readonly Concerned[]>()
  #knownVersion = -1

  constructor(objects: Objects, type: ResourceType<ApiObject>, how: Hook['type']) {
    this.#objects = objects
    this.#live = new LiveConfigurations(objects, type, (source) => compileHooks(source, how))
  }

  /** Whether some webhook may want to see the request. */
  concerns(request: AdmissionRequest): boolean {
    return !this.#live.isEmpty && !isExempt(request) && this.#byRules(request).length > 0
  }

  /** In order. What selectors say depends on the object as it is now, see {@link isSelected}. */
  of(request: AdmissionRequest): readonly Concerned[] {
    return this.#byRules(request)
  }

  isSelected({ hook }: Concerned, request: AdmissionRequest): boolean {
    return selects(hook.selectors, request, this.#objects)
  }

  #byRules(request: AdmissionRequest): readonly Concerned[] {
    if (this.#knownVersion !== this.#live.version || this.#known.size > limits.knownMax) {
      this.#known.clear()
      this.#knownVersion = this.#live.version
    }
    const { group, version, plural } = request.resource
    const key = `${request.operation} ${group}/${version} ${plural}/${request.subresource}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = this.#live.all.flat().flatMap((hook) => {
      const constraints = { matchPolicy: hook.matchPolicy, rules: hook.rules, excluded: [] }
      const row = matchedRow(request, constraints, equivalentRows)
      return row === undefined ? [] : [{ hook, row }]
    })
    this.#known.set(key, found)
    return found
  }

  [Symbol.dispose](): void {
    this.#live[Symbol.dispose]()
  }
}

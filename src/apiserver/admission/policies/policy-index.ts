/** Policies that have bindings, and which of them a request concerns. */
import type { ParamRef, MatchResources, ParamKind } from '#api/admissionregistration/v1.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { ConcernIndex, type Concerned } from '#apiserver/admission/matching/concern-index.ts'
import { LiveConfigurations } from '#apiserver/admission/matching/live-configurations.ts'
import { selects } from '#apiserver/admission/matching/selectors.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Resource } from '#resources/resource.ts'
import { compileBinding, compilePolicy, type Binding, type Policy } from './compile-policy.ts'

interface PolicySource extends ApiObject {
  spec: { matchConstraints?: MatchResources; failurePolicy?: string; paramKind?: ParamKind }
}

interface BindingSource extends ApiObject {
  spec: { policyName?: string; matchResources?: MatchResources; paramRef?: ParamRef }
}

export interface Bound<S, B> extends Policy<S> {
  readonly bindings: readonly Binding<B>[]
}

interface Source<S, B> {
  readonly items: readonly Bound<S, B>[]
  readonly version: number
}

/** Upstream asks no policy about these: reviews change nothing. */
const reviews = new Set([
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
])

export class PolicyIndex<S extends PolicySource, B extends BindingSource> implements Disposable {
  readonly #objects: Objects
  readonly #policies: LiveConfigurations<S, Policy<S>>
  readonly #bindings: LiveConfigurations<B, Binding<B>>
  readonly #index: ConcernIndex<Bound<S, B>>
  #joined: Source<S, B> = { items: [], version: -1 }

  constructor(objects: Objects, policies: ResourceType<S>, bindings: ResourceType<B>) {
    this.#objects = objects
    this.#policies = new LiveConfigurations(objects, policies, (source) => compilePolicy(source))
    this.#bindings = new LiveConfigurations(objects, bindings, (source) => compileBinding(source))
    this.#index = new ConcernIndex(
      () => objects,
      () => this.#join(),
    )
  }

  of(request: AdmissionRequest): readonly Concerned<Bound<S, B>>[] {
    if (this.#policies.isEmpty || this.#bindings.isEmpty) return []
    const { group, plural } = request.resource
    if (reviews.has(`${group}/${plural}`)) return []
    return this.#index.of(request)
  }

  /** The kind in which the policy wants to see the object; undefined: it is not about the request. */
  matches(policy: Bound<S, B>, request: AdmissionRequest): Resource | undefined {
    if (!selects(policy.selectors, request, this.#objects)) return undefined
    return this.#index.rowFor(request, policy.constraints)
  }

  bindingMatches({ constraints, selectors }: Binding<B>, request: AdmissionRequest): boolean {
    if (!selects(selectors, request, this.#objects)) return false
    return constraints === undefined || this.#index.rowFor(request, constraints) !== undefined
  }

  #join(): Source<S, B> {
    const version = this.#policies.version + this.#bindings.version
    if (this.#joined.version === version) return this.#joined
    const byPolicy = Map.groupBy(this.#bindings.all, ({ policyName }) => policyName)
    const items = this.#policies.all.flatMap((policy) => {
      const bindings = byPolicy.get(policy.name)
      return bindings === undefined ? [] : [{ ...policy, bindings }]
    })
    this.#joined = { items, version }
    return this.#joined
  }

  [Symbol.dispose](): void {
    this.#policies[Symbol.dispose]()
    this.#bindings[Symbol.dispose]()
  }
}

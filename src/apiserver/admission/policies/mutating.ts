/**
 * MutatingAdmissionPolicy: one policy after the other, each sees what those before it have made.
 * Upstream: admission/plugin/policy/mutating/dispatcher.go, policy/generic/policy_dispatcher.go.
 */
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from '#api/admissionregistration/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import { mutatingadmissionpolicies, mutatingadmissionpolicybindings } from '#api/resources.gen.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { refusal } from '#apiserver/admission/refusal.ts'
import { noteAsked, noteOutput, whoIsAsked } from '#apiserver/admission/reinvocation.ts'
import type { Resource } from '#resources/resource.ts'
import type { Binding } from './compile-policy.ts'
import type { Mutator, Subject } from './mutator.ts'
import { collectParams, ConfigurationError } from './params.ts'
import { PolicyIndex, type Bound } from './policy-index.ts'

const name = 'MutatingAdmissionPolicy'

type BoundPolicy = Bound<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>
type PolicyBinding = Binding<MutatingAdmissionPolicyBinding>
type Index = PolicyIndex<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>

interface Loaded {
  readonly mutator: Mutator
  readonly isMutationError: (error: unknown) => error is Error
}

export function mutatingPolicies(deps: AdmissionDeps): AdmissionPlugin {
  let index: Index | undefined
  const open = (): Index => {
    index ??= new PolicyIndex(
      deps.objects(),
      mutatingadmissionpolicies,
      mutatingadmissionpolicybindings,
    )
    return index
  }
  const known = new WeakMap<MutatingAdmissionPolicy, Promise<Loaded>>()
  const mutatorOf = (source: MutatingAdmissionPolicy): Promise<Loaded> => {
    let loaded = known.get(source)
    if (loaded === undefined) {
      loaded = load(source)
      known.set(source, loaded)
    }
    return loaded
  }
  return {
    name,
    handles: (request) => request.object !== undefined && open().of(request).length > 0,
    async admit(request) {
      const asks = whoIsAsked(request, name)
      for (const { item: policy } of open().of(request)) {
        const row = open().matches(policy, request)
        if (row === undefined) continue
        const loaded = await mutatorOf(policy.source)
        const round = { deps, index: open(), request, policy, row, loaded, asks }
        for (const binding of policy.bindings) await mutateFor(round, binding)
      }
      noteOutput(request, name)
    },
    [Symbol.dispose]: () => index?.[Symbol.dispose](),
  }
}

async function load({ spec }: MutatingAdmissionPolicy): Promise<Loaded> {
  const { Mutator, MutationError } = await import('./mutator.ts')
  return {
    mutator: new Mutator(spec),
    isMutationError: (error): error is Error => error instanceof MutationError,
  }
}

interface Round extends Subject {
  readonly deps: AdmissionDeps
  readonly index: Index
  readonly request: AdmissionRequest
  readonly policy: BoundPolicy
  readonly row: Resource
  readonly loaded: Loaded
  readonly asks: (id: string) => boolean
}

async function mutateFor(round: Round, binding: PolicyBinding): Promise<void> {
  const { request, index, policy, deps, loaded } = round
  if (!index.bindingMatches(binding, request)) return
  try {
    const among = { request, objects: deps.objects() }
    for (const params of collectParams(policy.paramKind, binding, among)) {
      const id = `${policy.name}/${binding.name}/${paramsId(params)}`
      if (!round.asks(id)) continue
      const isChanged = await loaded.mutator.mutate(round, params)
      if (isChanged === undefined) continue
      const reinvokes = policy.source.spec.reinvocationPolicy === 'IfNeeded'
      noteAsked(request, name, { id, reinvokes, isChanged })
    }
  } catch (error) {
    const isConfiguration = error instanceof ConfigurationError
    if (!isConfiguration && !loaded.isMutationError(error)) throw error
    if (policy.failsOpen) return
    const why = isConfiguration ? `failed to configure binding: ${error.message}` : error.message
    throw denied(round, binding, why)
  }
}

function paramsId(params: ReturnType<typeof collectParams>[number]): string {
  if (params === null) return ''
  return `${params.metadata.namespace ?? ''}/${params.metadata.name}`
}

function denied({ request, policy }: Round, binding: PolicyBinding, why: string): StatusError {
  const message = `policy '${policy.name}' with binding '${binding.name}' denied request: ${why}`
  const { status } = refusal(request, '')
  const details = { ...status.details, causes: [{ message }] }
  return new StatusError({ ...status, message, details })
}

/**
 * Pods tolerate what annotations of their namespace add, and no more than those let them.
 * Upstream: plugin/pkg/admission/podtolerationrestriction/admission.go, v1.36.
 */
import type { Pod, Toleration } from '#api/core/v1.gen.ts'
import { DecodeError, decodeValue, parseJson } from '#api/decode.ts'
import { qosClass } from '#api/meta/pods.ts'
import { notFound } from '#api/meta/status.ts'
import { namespaces, pods } from '#api/resources.gen.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { isAbout, unexpected } from '#apiserver/admission/refusal.ts'
import { tolerationType } from './configuration.ts'
import { areAllowed, mergeTolerations } from './tolerations.ts'

const annotations = {
  default: 'scheduler.alpha.kubernetes.io/defaultTolerations',
  whitelist: 'scheduler.alpha.kubernetes.io/tolerationsWhitelist',
} as const

const memoryPressure: Toleration = {
  key: 'node.kubernetes.io/memory-pressure',
  operator: 'Exists',
  effect: 'NoSchedule',
}

export function podTolerationRestriction(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'PodTolerationRestriction',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') && isAbout(request, pods),
    admit(request) {
      const pod = request.object as Pod
      if (pod.spec === undefined) return
      const added = request.operation === 'CREATE' ? defaultsFor(deps, request) : []
      const all = [...added, ...(pod.spec.tolerations ?? [])]
      if (qosClass(pod) !== 'BestEffort') all.push(memoryPressure)
      if (all.length > 0) pod.spec.tolerations = mergeTolerations(all)
      checkAllowed(deps, request)
    },
    validate: (request) => checkAllowed(deps, request),
  }
}

function defaultsFor(deps: AdmissionDeps, request: AdmissionRequest): readonly Toleration[] {
  const own = tolerationsIn(deps, request.namespace, 'default')
  return own ?? deps.configurations?.podTolerationRestriction?.default ?? []
}

function checkAllowed(deps: AdmissionDeps, request: AdmissionRequest): void {
  const { tolerations = [] } = (request.object as Pod).spec ?? {}
  if (tolerations.length === 0) return
  const own = tolerationsIn(deps, request.namespace, 'whitelist')
  const allowed = own ?? deps.configurations?.podTolerationRestriction?.whitelist ?? []
  if (areAllowed(tolerations, allowed)) return
  const scope = own === undefined ? 'cluster' : 'namespace'
  throw unexpected(
    `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`,
  )
}

/** Undefined: the namespace says nothing of it. */
function tolerationsIn(
  { objects }: AdmissionDeps,
  name: string,
  which: keyof typeof annotations,
): readonly Toleration[] | undefined {
  const namespace = objects().get(namespaces, '', name)
  if (namespace === undefined) throw notFound(namespaces, name)
  const text = namespace.metadata.annotations?.[annotations[which]]
  if (text === undefined) return undefined
  return text === '' ? [] : decodeTolerations(text)
}

function decodeTolerations(text: string): readonly Toleration[] {
  const type = tolerationType()
  try {
    const value = parseJson(text)
    if (!Array.isArray(value)) {
      throw new DecodeError('json: cannot unmarshal object into Go value of type []v1.Toleration')
    }
    return value.map((one) => decodeValue<Toleration>(type, one).object)
  } catch (error) {
    if (error instanceof DecodeError) throw unexpected(error.message)
    throw error
  }
}

/**
 * A pod's runtime class adds its overhead, node selector and tolerations.
 * Upstream: plugin/pkg/admission/runtimeclass/admission.go.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Pod, PodSpec, Toleration } from '#api/core/v1.gen.ts'
import { compareQuantities } from '#api/meta/quantity.ts'
import type { RuntimeClass } from '#api/node/v1.gen.ts'
import { pods, runtimeclasses } from '#api/resources.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout, refusal } from './refusal.ts'

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

export function runtimeClass({ objects }: AdmissionDeps): AdmissionPlugin {
  const classOf = (request: AdmissionRequest): RuntimeClass | undefined => {
    const name = (request.object as Pod).spec?.runtimeClassName
    if (name === undefined) return undefined
    const found = objects().get(runtimeclasses, '', name)
    if (found === undefined) {
      throw refusal(request, `pod rejected: RuntimeClass ${goQuote(name)} not found`)
    }
    return found
  }
  return {
    name: 'RuntimeClass',
    handles: (request) => request.operation === 'CREATE' && isAbout(request, pods),
    admit(request) {
      const { spec } = request.object as Pod
      const found = classOf(request)
      if (found === undefined || spec === undefined) return
      setOverhead(request, spec, found)
      setScheduling(request, spec, found)
    },
    validate(request) {
      const overhead = (request.object as Pod).spec?.overhead
      const defined = classOf(request)?.overhead?.podFixed
      if (defined !== undefined && !sameAmounts(defined, overhead)) throw refusal(request, mismatch)
      if (defined === undefined && overhead !== undefined) {
        throw refusal(
          request,
          'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
        )
      }
    },
  }
}

function setOverhead(request: AdmissionRequest, spec: PodSpec, { overhead }: RuntimeClass): void {
  const fixed = overhead?.podFixed
  if (fixed === undefined) return
  if (spec.overhead !== undefined && !sameAmounts(fixed, spec.overhead)) {
    throw refusal(request, mismatch)
  }
  spec.overhead = { ...fixed }
}

function setScheduling(
  request: AdmissionRequest,
  spec: PodSpec,
  { scheduling }: RuntimeClass,
): void {
  if (scheduling === undefined) return
  const asked = spec.nodeSelector ?? {}
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    if (asked[key] === undefined || asked[key] === value) continue
    throw refusal(
      request,
      `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${asked[key]}`,
    )
  }
  if (scheduling.nodeSelector !== undefined) {
    spec.nodeSelector = { ...asked, ...scheduling.nodeSelector }
  }
  const tolerations = merged(spec.tolerations ?? [], scheduling.tolerations ?? [])
  if (tolerations.length > 0) spec.tolerations = tolerations
}

function merged(own: readonly Toleration[], added: readonly Toleration[]): Toleration[] {
  const lacking = added.filter((one) => !own.some((known) => isDeepStrictEqual(known, one)))
  return [...own, ...lacking]
}

function sameAmounts(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>> = {},
): boolean {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => b[key] !== undefined && compareQuantities(a[key] ?? '0', b[key]) === 0)
  )
}

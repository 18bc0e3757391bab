/**
 * Pods get the number behind their priority class; only one class is the default.
 * Upstream: plugin/pkg/admission/priority/admission.go.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import type { PriorityClass } from '#api/scheduling/v1.gen.ts'
import { pods, priorityclasses } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout, refusal } from './refusal.ts'

export function priority({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'Priority',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      (isAbout(request, pods) || isAbout(request, priorityclasses)),
    admit(request) {
      if (!isAbout(request, pods)) return
      if (request.operation === 'CREATE') resolvePriority(request, objects())
      else keepPriority(request)
    },
    validate(request) {
      if (isAbout(request, priorityclasses)) refuseSecondDefault(request, objects())
    },
  }
}

type Resolved = Pick<PriorityClass, 'preemptionPolicy'> & {
  readonly name: string
  readonly value: number
}

function resolvePriority(request: AdmissionRequest, objects: Objects): void {
  const { spec } = request.object as Pod
  if (spec === undefined) return
  const resolved = classFor(request, objects, spec.priorityClassName ?? '')
  const { value, preemptionPolicy } = resolved
  if (resolved.name !== '') spec.priorityClassName = resolved.name
  if (spec.priority !== undefined && spec.priority !== value) {
    throw refusal(
      request,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    )
  }
  spec.priority = value
  if (preemptionPolicy === undefined) return
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    throw refusal(
      request,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    )
  }
  spec.preemptionPolicy = preemptionPolicy
}

function classFor(request: AdmissionRequest, objects: Objects, name: string): Resolved {
  const found = name === '' ? defaultClass(objects) : objects.get(priorityclasses, '', name)
  if (found !== undefined) {
    const { value = 0, preemptionPolicy, metadata } = found
    return {
      value,
      name: metadata.name,
      ...(preemptionPolicy !== undefined && { preemptionPolicy }),
    }
  }
  if (name !== '') throw refusal(request, `no PriorityClass with name ${name} was found`)
  return { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' }
}

/** Of several, which other servers may have let in, the lowest. */
function defaultClass(objects: Objects): PriorityClass | undefined {
  let lowest: PriorityClass | undefined
  for (const one of objects.list(priorityclasses)) {
    if (one.globalDefault !== true) continue
    if (lowest === undefined || (one.value ?? 0) < (lowest.value ?? 0)) lowest = one
  }
  return lowest
}

/** An update that leaves the fields out does not clear them. */
function keepPriority({ object, prior }: AdmissionRequest): void {
  const { spec } = object as Pod
  const before = (prior as Pod).spec
  if (spec === undefined || before === undefined) return
  if (before.priority !== undefined) spec.priority ??= before.priority
  if (before.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy
}

function refuseSecondDefault(request: AdmissionRequest, objects: Objects): void {
  const asked = request.object as PriorityClass
  if (asked.globalDefault !== true) return
  const known = defaultClass(objects)
  if (known === undefined) return
  if (request.operation === 'UPDATE' && known.metadata.name === asked.metadata.name) return
  throw refusal(
    request,
    `PriorityClass ${known.metadata.name} is already marked as default. Only one default can exist`,
  )
}

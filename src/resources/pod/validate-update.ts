/** Which changes of a pod are legal. Upstream: pkg/apis/core/validation/validation.go, ValidatePodUpdate. */
import type {
  Container,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodSchedulingGate,
  PodSpec,
  Toleration,
} from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { qosClass } from '#api/meta/pods.ts'
import { empty, inclusiveRange, type Errors } from '#resources/checks/checks.ts'
import { difference } from '#resources/checks/difference.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import { checkTolerations } from './validate-scheduling.ts'
import { checkAnnotationsUpdate } from './validate-annotations.ts'
import { checkImagePadding } from './validate-init-containers.ts'
import { checkPodAndSpec } from './validate.ts'

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',')

export function validatePodUpdate(next: Pod, prior: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  checkPodAndSpec(next, errors)
  checkAnnotationsUpdate(next, prior, errors)
  for (const field of ['containers', 'initContainers'] as const) {
    if (!checkContainersKept(next.spec[field], prior.spec[field], `spec.${field}`, errors)) {
      return errors
    }
  }
  if (!checkDeadline(next.spec, prior.spec, errors)) return errors
  checkTolerationsKept(next.spec, prior.spec, errors)
  checkGatesOnlyGo(next.spec.schedulingGates, prior.spec.schedulingGates, errors)
  if (semanticEqual(next.spec, prior.spec)) return errors
  if (qosClass({ spec: next.spec }) !== qosOf(prior)) {
    errors.push(invalidValue('metadata', next.status?.qosClass ?? '', 'Pod QoS is immutable'))
  }
  checkRestUnchanged(next.spec, prior.spec, errors)
  return errors
}

/** As it was decided at creation. */
export function qosOf(pod: Pod): string {
  return pod.status?.qosClass ?? qosClass({ spec: pod.spec })
}

/** False when nothing further can be compared. */
function checkContainersKept(
  next: readonly Container[] | undefined,
  prior: readonly Container[] | undefined,
  path: string,
  errors: Errors,
): boolean {
  if ((next?.length ?? 0) !== (prior?.length ?? 0)) {
    errors.push(forbiddenField(path, 'pod updates may not add or remove containers'))
    return false
  }
  next?.forEach((container, at) => {
    const here = `${path}[${at}]`
    if (empty(container.image)) errors.push(required(`${here}.image`, ''))
    checkImagePadding(container, here, errors)
  })
  return true
}

const deadlineMax = 2 ** 31 - 1

/** A deadline may be set, and then only shortened. */
function checkDeadline(next: PodSpec, prior: PodSpec, errors: Errors): boolean {
  const path = 'spec.activeDeadlineSeconds'
  const after = next.activeDeadlineSeconds
  const before = prior.activeDeadlineSeconds
  if (after === undefined) {
    if (before === undefined) return true
    const detail = 'must not update from a positive integer to nil value'
    errors.push(invalidValue(path, undefined, detail))
    return true
  }
  if (after < 0 || after > deadlineMax) {
    errors.push(invalidValue(path, after, inclusiveRange(0, deadlineMax)))
    return false
  }
  if (before === undefined || before >= after) return true
  errors.push(invalidValue(path, after, 'must be less than or equal to previous value'))
  return false
}

function checkTolerationsKept(next: PodSpec, prior: PodSpec, errors: Errors): void {
  const path = 'spec.tolerations'
  const after = next.tolerations ?? []
  for (const old of prior.tolerations ?? []) {
    if (after.some((toleration) => sameButSeconds(toleration, old))) continue
    const detail = 'existing toleration can not be modified except its tolerationSeconds'
    errors.push(forbiddenField(path, detail))
    return
  }
  checkTolerations(after, path, errors)
}

function sameButSeconds(a: Toleration, b: Toleration): boolean {
  return (['key', 'operator', 'value', 'effect'] as const).every(
    (field) => (a[field] ?? '') === (b[field] ?? ''),
  )
}

function checkGatesOnlyGo(
  next: readonly PodSchedulingGate[] | undefined,
  prior: readonly PodSchedulingGate[] | undefined,
  errors: Errors,
): void {
  next?.forEach(({ name }, at) => {
    if (prior?.some((gate) => gate.name === name)) return
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`
    errors.push(forbiddenField(`spec.schedulingGates[${at}].name`, detail))
  })
}

function checkRestUnchanged(next: PodSpec, prior: PodSpec, errors: Errors): void {
  const asked: PodSpec = { ...next }
  asked.containers = withImagesOf(next.containers, prior.containers) ?? []
  const init = withImagesOf(next.initContainers, prior.initContainers)
  if (init !== undefined) asked.initContainers = init
  keep(asked, prior, 'activeDeadlineSeconds')
  keep(asked, prior, 'schedulingGates')
  keep(asked, prior, 'tolerations')
  const before = prior.terminationGracePeriodSeconds
  if (before !== undefined && before < 0 && next.terminationGracePeriodSeconds === 1) {
    asked.terminationGracePeriodSeconds = before
  }
  if ((prior.schedulingGates ?? []).length > 0) checkGated(asked, prior, errors)
  if (semanticEqual(asked, prior)) return
  const detail = `pod updates may not change fields other than ${changeable}\n${difference(prior, asked)}`
  errors.push(forbiddenField('spec', detail))
}

function withImagesOf(
  next: readonly Container[] | undefined,
  prior: readonly Container[] | undefined,
): Container[] | undefined {
  return next?.map((container, at) => {
    const image = prior?.[at]?.image
    return image === undefined ? container : { ...container, image }
  })
}

function keep<K extends keyof PodSpec>(asked: PodSpec, prior: PodSpec, field: K): void {
  if (prior[field] === undefined) delete asked[field]
  else asked[field] = prior[field]
}

/** As long as a pod is gated, where it may go can be narrowed down. */
function checkGated(asked: PodSpec, prior: PodSpec, errors: Errors): void {
  const widened = Object.entries(prior.nodeSelector ?? {}).some(
    ([key, value]) => asked.nodeSelector?.[key] !== value,
  )
  if (widened) {
    errors.push(
      invalidValue(
        'spec.nodeSelector',
        asked.nodeSelector,
        'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ),
    )
  }
  keep(asked, prior, 'nodeSelector')
  checkNodeAffinityNarrowed(asked.affinity?.nodeAffinity, prior.affinity?.nodeAffinity, errors)
  const { nodeAffinity: _, ...others } = asked.affinity ?? {}
  const before = prior.affinity?.nodeAffinity
  asked.affinity = before === undefined ? others : { ...others, nodeAffinity: before }
}

function checkNodeAffinityNarrowed(
  next: NodeAffinity | undefined,
  prior: NodeAffinity | undefined,
  errors: Errors,
): void {
  const path =
    'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  const before = prior?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const after = next?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (before.length > 0 && before.length !== after.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'
    errors.push(invalidValue(path, after, detail))
    return
  }
  before.forEach((term, at) => {
    const asked = after[at] as NodeSelectorTerm
    if (onlyAdds(asked, term)) return
    const detail = 'only additions are allowed (no mutations or deletions)'
    errors.push(invalidValue(`${path}[${at}]`, asked, detail))
  })
}

/** An empty term selects nothing, so that anything added to it would widen it. */
function onlyAdds(next: NodeSelectorTerm, prior: NodeSelectorTerm): boolean {
  const fields = ['matchExpressions', 'matchFields'] as const
  if (fields.every((field) => (prior[field] ?? []).length === 0)) {
    return fields.every((field) => (next[field] ?? []).length === 0)
  }
  return fields.every((field) => {
    const before = prior[field] ?? []
    return semanticEqual((next[field] ?? []).slice(0, before.length), before)
  })
}

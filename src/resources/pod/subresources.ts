/**
 * Writing pods/ephemeralcontainers and pods/resize: each may change its own part of the spec only.
 * Upstream: pkg/registry/core/pod/strategy.go, ValidatePodEphemeralContainersUpdate, ValidatePodResize.
 */
import type { Container, Pod, PodSpec, ResourceRequirements } from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { isMirrorPod, qosClass } from '#api/meta/pods.ts'
import type { Errors } from '#resources/checks/checks.ts'
import { difference } from '#resources/checks/difference.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import type { SubresourceUpdate } from '#resources/resource.ts'
import { raiseGeneration } from '#resources/generation.ts'
import { isSidecar } from './validate-init-containers.ts'
import { checkAnnotationsUpdate } from './validate-annotations.ts'
import { qosOf } from './validate-update.ts'
import { checkPodAndSpec } from './validate.ts'

export const ephemeralContainers: SubresourceUpdate<Pod> = {
  prepareForUpdate(next, prior) {
    const { ephemeralContainers: asked } = next.spec
    next.spec = structuredClone(prior.spec)
    if (asked === undefined) delete next.spec.ephemeralContainers
    else next.spec.ephemeralContainers = asked
    next.metadata = { ...structuredClone(prior.metadata), ...resourceVersionOf(next) }
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  validateUpdate: validateEphemeralContainersUpdate,
}

export const resize: SubresourceUpdate<Pod> = {
  prepareForUpdate(next, prior) {
    const asked = next.spec
    next.spec = structuredClone(prior.spec)
    takeResources(next.spec, asked)
    next.metadata = { ...structuredClone(prior.metadata), ...resourceVersionOf(next) }
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  validateUpdate: validateResize,
}

/** What the client asserts about the version it has changed. */
function resourceVersionOf(pod: Pod): Pick<Pod['metadata'], 'resourceVersion'> {
  return { resourceVersion: pod.metadata.resourceVersion }
}

function keepStatus(next: Pod, prior: Pod): void {
  if (prior.status === undefined) delete next.status
  else next.status = prior.status
}

/** Of the containers that are in both, matched by name. */
function takeResources(spec: PodSpec, asked: PodSpec): void {
  for (const field of ['containers', 'initContainers'] as const) {
    for (const container of spec[field] ?? []) {
      const wanted = asked[field]?.find(({ name }) => name === container.name)
      if (wanted === undefined) continue
      container.resources = wanted.resources ?? {}
      if (wanted.resizePolicy === undefined) delete container.resizePolicy
      else container.resizePolicy = wanted.resizePolicy
    }
  }
}

function validateEphemeralContainersUpdate(next: Pod, prior: Pod): readonly FieldError[] {
  if (isMirrorPod(prior)) {
    return [forbiddenField('', 'static pods do not support ephemeral containers')]
  }
  const errors: FieldError[] = []
  checkPodAndSpec(next, errors)
  checkAnnotationsUpdate(next, prior, errors)
  const path = 'spec.ephemeralContainers'
  for (const old of prior.spec.ephemeralContainers ?? []) {
    const kept = next.spec.ephemeralContainers?.find(({ name }) => name === old.name)
    const what = `existing ephemeral containers "${old.name}" may not be`
    if (kept === undefined) errors.push(forbiddenField(path, `${what} removed\n`))
    else if (!semanticEqual(kept, old)) {
      errors.push(forbiddenField(path, `${what} changed\n${difference(old, kept)}`))
    }
  }
  return errors
}

function validateResize(next: Pod, prior: Pod): readonly FieldError[] {
  if (isMirrorPod(prior)) return [forbiddenField('', 'static pods cannot be resized')]
  if (prior.spec.os?.name === 'windows') {
    return [forbiddenField('', 'windows pods cannot be resized')]
  }
  const errors: FieldError[] = []
  checkPodAndSpec(next, errors)
  if (qosClass({ spec: next.spec }) !== qosOf(prior)) {
    const detail = 'Pod QOS Class may not change as a result of resizing'
    errors.push(invalidValue('spec', next.status?.qosClass ?? '', detail))
  }
  for (const field of ['containers', 'initContainers'] as const) {
    next.spec[field]?.forEach((container, at) => {
      const before = prior.spec[field]?.[at]
      if (before === undefined) return
      checkNothingRemoved(container, before, `spec.${field}[${at}].resources`, errors)
    })
  }
  checkOnlyComputeChanged(next.spec, prior.spec, errors)
  return errors
}

const compute = ['cpu', 'memory'] as const

function checkNothingRemoved(
  next: Container,
  prior: Container,
  path: string,
  errors: Errors,
): void {
  for (const list of ['limits', 'requests'] as const) {
    const removed = compute.some(
      (name) =>
        prior.resources?.[list]?.[name] !== undefined &&
        next.resources?.[list]?.[name] === undefined,
    )
    if (removed) errors.push(forbiddenField(path, `resource ${list} cannot be removed`))
  }
}

/** Init containers that end cannot be resized; of the others, cpu and memory. */
function checkOnlyComputeChanged(next: PodSpec, prior: PodSpec, errors: Errors): void {
  const asked = structuredClone(next)
  for (const field of ['containers', 'initContainers'] as const) {
    asked[field]?.forEach((container, at) => {
      const before = prior[field]?.[at]
      if (before === undefined || (field === 'initContainers' && !isSidecar(before))) return
      container.resources = withComputeOf(container.resources ?? {}, before.resources ?? {})
    })
  }
  if (semanticEqual(asked, prior)) return
  const detail = `only cpu and memory resources are mutable\n${difference(prior, asked)}`
  errors.push(forbiddenField('spec', detail))
}

function withComputeOf(
  next: ResourceRequirements,
  prior: ResourceRequirements,
): ResourceRequirements {
  const merged: ResourceRequirements = { ...next }
  for (const list of ['limits', 'requests'] as const) {
    const quantities = { ...next[list] }
    for (const name of compute) {
      const before = prior[list]?.[name]
      if (before === undefined) delete quantities[name]
      else quantities[name] = before
    }
    merged[list] = quantities
  }
  return merged
}

/** Upstream: pkg/apis/core/validation/validation.go, ValidatePodCreate and validatePodMetadataAndSpec. */
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { forbiddenField, type FieldError } from '#api/meta/field-error.ts'
import { empty, type Errors } from '#resources/checks/checks.ts'
import { checkAnnotationsAgree, checkPodAnnotations } from './validate-annotations.ts'
import { checkImagePadding } from './validate-init-containers.ts'
import { checkPodSpec } from './validate-spec.ts'

export function validatePod(pod: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  checkPodAndSpec(pod, errors)
  const spec = pod.spec
  if (spec.ephemeralContainers !== undefined && spec.ephemeralContainers.length > 0) {
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'))
  }
  if (!empty(spec.nodeName) && (spec.schedulingGates ?? []).length > 0) {
    errors.push(
      forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'),
    )
  }
  checkAnnotationsAgree(pod.metadata.annotations, spec, 'spec', errors)
  return errors
}

/** What holds for a pod whenever it is written. */
export function checkPodAndSpec(pod: Pod, errors: Errors): void {
  const { spec, metadata } = pod
  checkPodAnnotations(metadata.annotations, spec, 'metadata.annotations', errors)
  checkPodSpec(spec, { podName: metadata.name ?? '', isPod: true }, 'spec', errors)
  if (empty(spec.serviceAccountName)) forbidTokens(pod, errors)
  checkPadding(spec.containers, 'spec.containers', errors)
  checkPadding(spec.initContainers, 'spec.initContainers', errors)
}

function forbidTokens(pod: Pod, errors: Errors): void {
  pod.spec.volumes?.forEach((volume, index) => {
    volume.projected?.sources?.forEach((source, at) => {
      if (source.serviceAccountToken === undefined) return
      errors.push(
        forbiddenField(
          `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`,
          'must not be specified when serviceAccountName is not set',
        ),
      )
    })
  })
}

function checkPadding(
  containers: readonly Container[] | undefined,
  path: string,
  errors: Errors,
): void {
  if (containers === undefined) return
  for (let at = 0; at < containers.length; at += 1) {
    checkImagePadding(containers[at] as Container, `${path}[${at}]`, errors)
  }
}

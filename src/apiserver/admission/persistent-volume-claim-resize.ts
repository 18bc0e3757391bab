/** Upstream: plugin/pkg/admission/storage/persistentvolume/resize/admission.go. */
import type { PersistentVolumeClaim } from '#api/core/v1.gen.ts'
import { compareQuantities } from '#api/meta/quantity.ts'
import { persistentvolumeclaims, storageclasses } from '#api/resources.gen.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { isAbout, refusal } from './refusal.ts'

const storageClassAnnotation = 'volume.beta.kubernetes.io/storage-class'

/** Claims only grow when they are bound and their class says that volumes can grow. */
export function persistentVolumeClaimResize({ objects }: AdmissionDeps): AdmissionPlugin {
  const growthIsAllowed = (claim: PersistentVolumeClaim, prior: PersistentVolumeClaim): boolean => {
    const name = classOf(claim)
    if (name === '' || classOf(prior) !== name) return false
    return objects().get(storageclasses, '', name)?.allowVolumeExpansion === true
  }
  return {
    name: 'PersistentVolumeClaimResize',
    handles: (request) =>
      request.operation === 'UPDATE' && isAbout(request, persistentvolumeclaims),
    validate(request) {
      const claim = request.object as PersistentVolumeClaim
      const prior = request.prior as PersistentVolumeClaim
      if (compareQuantities(sizeOf(claim), sizeOf(prior)) <= 0) return
      if (prior.status?.phase !== 'Bound') {
        throw refusal(request, 'Only bound persistent volume claims can be expanded')
      }
      if (!growthIsAllowed(claim, prior)) {
        throw refusal(
          request,
          'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
        )
      }
    },
  }
}

function sizeOf(claim: PersistentVolumeClaim): string {
  return claim.spec?.resources?.requests?.['storage'] ?? '0'
}

function classOf({ metadata, spec }: PersistentVolumeClaim): string {
  return metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? ''
}

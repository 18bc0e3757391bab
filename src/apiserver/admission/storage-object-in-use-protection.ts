/** Upstream: plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go. */
import type { ResourceType } from '#api/resource-type.ts'
import {
  persistentvolumeclaims,
  persistentvolumes,
  volumeattributesclasses,
} from '#api/resources.gen.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout } from './refusal.ts'

const finalizers: readonly (readonly [ResourceType<unknown>, string])[] = [
  [persistentvolumes, 'kubernetes.io/pv-protection'],
  [persistentvolumeclaims, 'kubernetes.io/pvc-protection'],
  [volumeattributesclasses, 'kubernetes.io/vac-protection'],
]

/** Storage that is used does not vanish: a controller takes the finalizer off when it is free. */
export function storageObjectInUseProtection(): AdmissionPlugin {
  return {
    name: 'StorageObjectInUseProtection',
    handles: (request) => request.operation === 'CREATE' && finalizerFor(request) !== undefined,
    admit(request) {
      const finalizer = finalizerFor(request)
      const { object } = request
      if (object === undefined || finalizer === undefined) return
      const have = object.metadata.finalizers ?? []
      if (!have.includes(finalizer)) object.metadata.finalizers = [...have, finalizer]
    },
  }
}

function finalizerFor(request: AdmissionRequest): string | undefined {
  return finalizers.find(([type]) => isAbout(request, type))?.[1]
}

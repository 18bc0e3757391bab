/**
 * Claims and Ingresses that name no class get the default one.
 * Upstream: plugin/pkg/admission/storage/storageclass/setdefault/admission.go and
 * plugin/pkg/admission/network/defaultingressclass/admission.go.
 */
import type { PersistentVolumeClaim } from '#api/core/v1.gen.ts'
import type { Ingress } from '#api/networking/v1.gen.ts'
import {
  ingressclasses,
  ingresses,
  persistentvolumeclaims,
  storageclasses,
} from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { isAbout } from './refusal.ts'

const isDefaultStorageClass = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]
const storageClassAnnotation = 'volume.beta.kubernetes.io/storage-class'
const isDefaultIngressClass = ['ingressclass.kubernetes.io/is-default-class']
const ingressClassAnnotation = 'kubernetes.io/ingress.class'

export function defaultStorageClass({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: (request) =>
      request.operation === 'CREATE' && isAbout(request, persistentvolumeclaims),
    admit({ object }) {
      const claim = object as PersistentVolumeClaim
      if (claim.metadata.annotations?.[storageClassAnnotation] !== undefined) return
      if (claim.spec?.storageClassName !== undefined) return
      const name = defaultOf(objects().list(storageclasses), isDefaultStorageClass)
      if (name !== undefined) claim.spec = { ...claim.spec, storageClassName: name }
    },
  }
}

export function defaultIngressClass({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: (request) => request.operation === 'CREATE' && isAbout(request, ingresses),
    admit({ object }) {
      const ingress = object as Ingress
      if (ingress.metadata.annotations?.[ingressClassAnnotation] !== undefined) return
      if (ingress.spec?.ingressClassName !== undefined) return
      const name = defaultOf(objects().list(ingressclasses), isDefaultIngressClass)
      if (name !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: name }
    },
  }
}

/** Of several marked as default, the newest; of several of one second, the first by name. */
function defaultOf(
  classes: readonly ApiObject[],
  annotations: readonly string[],
): string | undefined {
  const marked = classes.filter(({ metadata }) =>
    annotations.some((key) => metadata.annotations?.[key] === 'true'),
  )
  const [newest] = marked.toSorted(
    (a, b) =>
      b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  )
  return newest?.metadata.name
}

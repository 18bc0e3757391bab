/**
 * What a pod names: the objects that its node must be able to read to run it.
 * Upstream: pkg/api/v1/pod/util.go, VisitPodSecretNames and VisitPodConfigmapNames;
 * pkg/api/v1/persistentvolume/util.go, VisitPVSecretNames.
 */
import type { Container, PersistentVolume, Pod, PodSpec, Volume } from '#api/core/v1.gen.ts'

export type Referenced =
  | 'serviceaccounts'
  | 'secrets'
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'resourceclaims'

/** In the pod's own namespace; one name may come several times. */
export interface PodReference {
  readonly type: Referenced
  readonly name: string
}

export function podReferences(pod: Pod): readonly PodReference[] {
  const spec: Partial<PodSpec> = pod.spec ?? {}
  const references = [
    { type: 'serviceaccounts', name: spec.serviceAccountName },
    ...(spec.imagePullSecrets ?? []).map(({ name }) => ({ type: 'secrets', name })),
    ...containersOf(spec).flatMap(containerReferences),
    ...(spec.volumes ?? []).flatMap((volume) => volumeReferences(pod, volume)),
    ...claimReferences(pod),
  ]
  return references.filter((one): one is PodReference => one.name !== undefined && one.name !== '')
}

/** `namespace/name` of the secrets that the volume's driver needs on the node. */
export function volumeSecrets(volume: PersistentVolume): readonly string[] {
  const { spec } = volume
  const claimNamespace = spec?.claimRef?.namespace ?? ''
  const refs = [
    spec?.cephfs?.secretRef,
    spec?.cinder?.secretRef,
    spec?.flexVolume?.secretRef,
    spec?.rbd?.secretRef,
    spec?.scaleIO?.secretRef,
    spec?.iscsi?.secretRef,
    spec?.storageos?.secretRef,
    spec?.csi?.nodePublishSecretRef,
    spec?.csi?.nodeStageSecretRef,
    spec?.csi?.nodeExpandSecretRef,
    spec?.azureFile && {
      name: spec.azureFile.secretName,
      namespace: spec.azureFile.secretNamespace,
    },
  ]
  return refs.flatMap((ref) =>
    ref?.name === undefined ? [] : [`${ref.namespace || claimNamespace}/${ref.name}`],
  )
}

type Candidate = { readonly type: Referenced; readonly name: string | undefined }

function containersOf(spec: Partial<PodSpec>): readonly Pick<Container, 'env' | 'envFrom'>[] {
  return [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]
}

function containerReferences({ env, envFrom }: Pick<Container, 'env' | 'envFrom'>): Candidate[] {
  return [
    ...(env ?? []).flatMap(({ valueFrom }): Candidate[] => [
      { type: 'secrets', name: valueFrom?.secretKeyRef?.name },
      { type: 'configmaps', name: valueFrom?.configMapKeyRef?.name },
    ]),
    ...(envFrom ?? []).flatMap(({ secretRef, configMapRef }): Candidate[] => [
      { type: 'secrets', name: secretRef?.name },
      { type: 'configmaps', name: configMapRef?.name },
    ]),
  ]
}

function volumeReferences(pod: Pod, volume: Volume): Candidate[] {
  const secretNames = [
    volume.secret?.secretName,
    volume.azureFile?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.flexVolume?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.scaleIO?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.storageos?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
    ...(volume.projected?.sources ?? []).map(({ secret }) => secret?.name),
  ]
  const configMapNames = [
    volume.configMap?.name,
    ...(volume.projected?.sources ?? []).map(({ configMap }) => configMap?.name),
  ]
  const ephemeral = volume.ephemeral && `${pod.metadata.name}-${volume.name}`
  return [
    ...secretNames.map((name) => ({ type: 'secrets', name }) as const),
    ...configMapNames.map((name) => ({ type: 'configmaps', name }) as const),
    { type: 'persistentvolumeclaims', name: volume.persistentVolumeClaim?.claimName ?? ephemeral },
  ]
}

/** Claims by name, and those that were made from a template for this pod. */
function claimReferences(pod: Pod): Candidate[] {
  const made = new Map(
    (pod.status?.resourceClaimStatuses ?? []).map((one) => [one.name, one.resourceClaimName]),
  )
  return (pod.spec?.resourceClaims ?? []).map(({ name, resourceClaimName }) => ({
    type: 'resourceclaims',
    name: resourceClaimName ?? made.get(name),
  }))
}

/** Says why a claim has no volume, and asks the provisioner of its class for one. */
import type { PersistentVolumeClaim } from '#api/core/v1.gen.ts'
import { persistentvolumeclaims } from '#api/resources.gen.ts'
import type { StorageClass } from '#api/storage/v1.gen.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { unlessGone } from '#controllers/writes.ts'
import { classOf } from './plan.ts'

const provisionerAnnotations = [
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
] as const
const noProvisioner = 'kubernetes.io/no-provisioner'

export interface Explaining {
  readonly client: Client
  readonly recorder: EventRecorder
  /** Of the claim's class; undefined: there is none of that name. */
  readonly storageClass: StorageClass | undefined
  /** The claim waits for its first pod. */
  readonly isDelayed: boolean
  readonly signal: AbortSignal
}

export async function explain(
  claim: PersistentVolumeClaim,
  { client, recorder, storageClass, isDelayed, signal }: Explaining,
): Promise<void> {
  const tell = (type: 'Normal' | 'Warning', reason: string, text: string) =>
    recorder.event(referenceOf(persistentvolumeclaims, claim), type, reason, text)
  const className = classOf(claim)
  if (isDelayed) {
    const text = 'waiting for first consumer to be created before binding'
    return tell('Normal', 'WaitForFirstConsumer', text)
  }
  if (className === '') {
    const text = 'no persistent volumes available for this claim and no storage class is set'
    return tell('Normal', 'FailedBinding', text)
  }
  if (storageClass === undefined) {
    const text = `storageclass.storage.k8s.io "${className}" not found`
    return tell('Warning', 'ProvisioningFailed', text)
  }
  const { provisioner } = storageClass
  if (provisioner === noProvisioner) {
    return tell('Normal', 'FailedBinding', 'no persistent volumes available for this claim')
  }
  const text = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  tell('Normal', 'ExternalProvisioning', text)
  await askProvisioner(claim, provisioner, { client, signal })
}

async function askProvisioner(
  claim: PersistentVolumeClaim,
  provisioner: string,
  { client, signal }: Pick<Explaining, 'client' | 'signal'>,
): Promise<void> {
  const { annotations = {}, namespace = '' } = claim.metadata
  if (provisionerAnnotations.every((name) => annotations[name] === provisioner)) return
  const asked = Object.fromEntries(provisionerAnnotations.map((name) => [name, provisioner]))
  const metadata = { ...claim.metadata, annotations: { ...annotations, ...asked } }
  const claims = client.in(persistentvolumeclaims, namespace)
  await unlessGone(claims.update({ ...claim, metadata }, { signal }))
}

/** Upstream: describe.go, PersistentVolumeClaimDescriber. */
import type { PersistentVolumeClaim, Pod } from '#api/core/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { name, namespace } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import type { Reader } from '#kubectl/describe/reader.ts'
import { dateText, sinceText } from '#kubectl/describe/time-text.ts'
import { writeClaimDetails } from './claim-details.ts'

export const persistentVolumeClaim = describer<PersistentVolumeClaim, readonly string[]>({
  version: 'v1',
  related: podsThatUse,
  sections: [
    name,
    namespace,
    (w, claim, { nowMs }) => {
      const { deletionTimestamp } = claim.metadata
      const status =
        deletionTimestamp === undefined
          ? (claim.status?.phase ?? '')
          : `Terminating (lasts ${sinceText(deletionTimestamp, nowMs)})`
      writeClaimDetails(w, claim, { status, finalizers: true })
    },
    (w, _claim, { related }) => writePods(w, related),
    writeConditions,
  ],
})

/** Names of the pods that mount it, and of those that own it. */
async function podsThatUse(
  { metadata }: PersistentVolumeClaim,
  reader: Reader,
): Promise<readonly string[]> {
  const place = { resource: 'pods', namespace: metadata.namespace ?? '' }
  const pods = await reader.list<Pod>(place)
  const mounting = pods.flatMap((pod) =>
    (pod.spec.volumes ?? [])
      .filter((volume) => volume.persistentVolumeClaim?.claimName === metadata.name)
      .map(() => pod),
  )
  const owners = (metadata.ownerReferences ?? [])
    .filter(({ kind }) => kind === 'Pod')
    .flatMap(({ uid }) => pods.filter((pod) => pod.metadata.uid === uid).slice(0, 1))
    .filter((pod) => !mounting.includes(pod))
  return [...mounting, ...owners].map((pod) => pod.metadata.name).sort(compareBytes)
}

function writePods(w: PrefixWriter, names: readonly string[]): void {
  w.write(0, 'Used By:\t')
  if (names.length === 0) w.line('<none>')
  for (const [at, podName] of names.entries()) w.write(0, `${at === 0 ? '' : '\t'}${podName}\n`)
}

function writeConditions(w: PrefixWriter, { status }: PersistentVolumeClaim): void {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return
  w.write(0, 'Conditions:\n')
  w.write(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n')
  w.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n')
  for (const condition of conditions) {
    const { type, status: is, lastProbeTime, lastTransitionTime } = condition
    const times = `${dateText(lastProbeTime)} \t${dateText(lastTransitionTime)}`
    const { reason = '', message = '' } = condition
    w.write(1, `${type} \t${is} \t${times} \t${reason} \t${message}\n`)
  }
}

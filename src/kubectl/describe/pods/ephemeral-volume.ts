/** Upstream: describe.go, printEphemeralVolumeSource. */
import type { EphemeralVolumeSource } from '#api/core/v1.gen.ts'
import { nested } from '#kubectl/describe/prefix-writer.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { writeClaimDetails } from '#kubectl/describe/storage/claim-details.ts'

export function writeEphemeral(w: PrefixWriter, ephemeral: EphemeralVolumeSource): void {
  w.write(
    2,
    'Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)\n',
  )
  const template = ephemeral.volumeClaimTemplate
  if (template !== undefined) writeClaimDetails(nested(w, 2), template)
}

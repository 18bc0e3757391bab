/** Upstream: pkg/apis/core/v1/defaults.go, SetDefaults_PersistentVolumeClaim. */
import type { PersistentVolumeClaim } from '#api/core/v1.gen.ts'

export function defaultClaim(claim: PersistentVolumeClaim): void {
  const spec = (claim.spec ??= {})
  spec.volumeMode ??= 'Filesystem'
  spec.resources ??= {}
  const status = (claim.status ??= {})
  status.phase ||= 'Pending'
}

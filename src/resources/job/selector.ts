/** Upstream: pkg/registry/batch/job/strategy.go, generateSelector. */
import type { Job } from '#api/batch/v1.gen.ts'

export const controllerUid = 'batch.kubernetes.io/controller-uid'
export const jobName = 'batch.kubernetes.io/job-name'
/** As they were called before they had a prefix. */
export const legacyControllerUid = 'controller-uid'
export const legacyJobName = 'job-name'

/**
 * Labels by which a job's pods are its own and nobody else's. What the client has set stays, and is
 * refused by validation when it is wrong.
 */
export function generateSelector(job: Job): void {
  const { name, uid } = job.metadata
  const template = (job.spec.template ??= {})
  const metadata = (template.metadata ??= {})
  const labels = (metadata.labels ??= {})
  labels[legacyJobName] ??= name
  labels[jobName] ??= name
  labels[legacyControllerUid] ??= uid
  labels[controllerUid] ??= uid
  const selector = (job.spec.selector ??= {})
  const matched = (selector.matchLabels ??= {})
  matched[controllerUid] ??= uid
  if (Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels }
}

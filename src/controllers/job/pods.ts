/**
 * A Job's pods: how they are told apart, counted and made.
 * Upstream: pkg/controller/job/{job_controller,indexed_job_utils,backoff_utils}.go at v1.36.
 */
import type { Job, JobSpec } from '#api/batch/v1.gen.ts'
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import type { Draft } from '#api/resource-type.ts'
import { jobs } from '#api/resources.gen.ts'
import { podFromTemplate } from '#controllers/pod-control.ts'

/** Keeps a pod until its end has been counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
export const indexKey = 'batch.kubernetes.io/job-completion-index'
export const indexFailuresKey = 'batch.kubernetes.io/job-index-failure-count'

export function isIndexed({ completionMode }: JobSpec): boolean {
  return completionMode === 'Indexed'
}

/** Undefined for a pod without, or with a nonsensical, index. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexKey] ?? ''
  return /^\d+$/.test(text) ? Number(text) : undefined
}

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) === true
}

/** A replacement waits until a pod has really failed, instead of until it is asked to end. */
export function replacesOnlyFailed({ podReplacementPolicy }: JobSpec): boolean {
  return podReplacementPolicy === 'Failed'
}

export function hasSucceeded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded'
}

/** Pods that were deleted count as failed: they may never get to say so themselves. */
export function hasFailed(spec: JobSpec, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true
  if (replacesOnlyFailed(spec)) return false
  return pod.metadata.deletionTimestamp !== undefined && !hasSucceeded(pod)
}

/** How often the pod's index had failed before the pod was made. */
export function indexFailures({ metadata }: Pod): number {
  return Number(metadata.annotations?.[indexFailuresKey] ?? 0)
}

/** When the pod ended, in ms since 1970; undefined when it does not say. */
export function finishedMs({ metadata, status }: Pod): number | undefined {
  const times = (status?.containerStatuses ?? []).flatMap(
    ({ state }) => state?.terminated?.finishedAt ?? [],
  )
  const text = times.toSorted().at(-1) ?? metadata.deletionTimestamp
  return text === undefined ? undefined : Date.parse(text)
}

/** Upstream: pastBackoffLimitOnFailure. Restarts in place count as failures do. */
export function restartsOf(pods: readonly Pod[]): number {
  return pods
    .filter((pod) => !isPodTerminal(pod))
    .flatMap(({ status }) => [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ])
    .reduce((sum, { restartCount }) => sum + restartCount, 0)
}

/** A new pod; `index` is undefined for Jobs whose pods are all alike. */
export function jobPod(
  job: Job,
  index: number | undefined,
  failures: number | undefined,
): Draft<Pod> {
  const pod = podFromTemplate(jobs, job, job.spec?.template ?? {})
  const finalizers = [...(pod.metadata?.finalizers ?? []), trackingFinalizer]
  const tracked = { ...pod, metadata: { ...pod.metadata, finalizers } }
  if (index === undefined) return tracked
  const { metadata, spec } = tracked
  const text = String(index)
  const failed: Record<string, string> =
    failures === undefined ? {} : { [indexFailuresKey]: String(failures) }
  return {
    ...tracked,
    metadata: {
      ...metadata,
      generateName: `${job.metadata.name}-${index}-`,
      annotations: { ...metadata.annotations, [indexKey]: text, ...failed },
      labels: { ...metadata.labels, [indexKey]: text },
    },
    spec: {
      ...spec,
      hostname: spec.hostname ?? `${job.metadata.name}-${index}`.slice(0, 63),
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers === undefined
        ? {}
        : { initContainers: spec.initContainers.map(withIndex) }),
    },
  }
}

const indexVariable = 'JOB_COMPLETION_INDEX'

function withIndex(container: Container): Container {
  const env = container.env ?? []
  if (env.some(({ name }) => name === indexVariable)) return container
  const fieldRef = { fieldPath: `metadata.labels['${indexKey}']` }
  return { ...container, env: [...env, { name: indexVariable, valueFrom: { fieldRef } }] }
}

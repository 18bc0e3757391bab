/** Which revision a workload goes back to, and how. Upstream: kubectl pkg/polymorphichelpers/rollback.go. */
import { goJson, goQuote } from '#api/meta/go-quote.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { lastAppliedAnnotation } from '#kubectl/objects/last-applied.ts'
import type { PatchType } from '#kubectl/objects/write.ts'
import { templateOf } from './revisions.ts'
import type { Past, PodTemplate, Revision } from './revisions.ts'

const hashLabel = 'pod-template-hash'

/** Annotations that stay the deployment's own. */
const ownAnnotations = [
  lastAppliedAnnotation,
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]

/** 0: the one before the last. Throws CommandError when there is none. */
export function revisionToReturnTo({ workload, revisions }: Past, wanted: number): Revision {
  if (wanted !== 0) {
    const found = revisions.find(({ number }) => number === wanted)
    if (found !== undefined) return found
    throw new CommandError(`unable to find specified revision ${wanted} in history`)
  }
  const previous = revisions.at(-2)
  if (previous !== undefined) return previous
  throw new CommandError(
    workload.kind === 'Deployment'
      ? `no rollout history found for deployment ${goQuote(workload.metadata?.name ?? '')}`
      : 'no last revision to roll back to',
  )
}

/** Undefined: the workload is as it was then. Throws CommandError when it may not be changed. */
export function rollbackPatch(
  workload: KubeObject,
  revision: Revision,
): { readonly type: PatchType; readonly patch: string } | undefined {
  if (workload.kind === 'Deployment') return deploymentPatch(workload, revision)
  const now = goJson({ spec: { template: { ...templateOf(workload), $patch: 'replace' } } })
  const then = goJson(revision.record['data'])
  return now === then ? undefined : { type: 'strategic', patch: then }
}

function deploymentPatch(
  workload: KubeObject,
  { object }: Revision,
): { readonly type: 'json'; readonly patch: string } | undefined {
  const own = workload.metadata?.annotations ?? {}
  if ((workload['spec'] as { paused?: boolean } | undefined)?.paused === true) {
    throw new CommandError(
      `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`,
    )
  }
  const template = withoutHash(templateOf(object))
  if (equalJson(template, withoutHash(templateOf(workload)))) return undefined
  const kept = Object.entries(own).filter(([key]) => ownAnnotations.includes(key))
  const restored = Object.entries(object.metadata?.annotations ?? {}).filter(
    ([key]) => !ownAnnotations.includes(key),
  )
  const patch = goJson([
    { op: 'replace', path: '/spec/template', value: template },
    {
      op: 'replace',
      path: '/metadata/annotations',
      value: Object.fromEntries([...kept, ...restored]),
    },
  ])
  return { type: 'json', patch }
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { labels = {}, ...metadata } = template.metadata ?? {}
  const { [hashLabel]: _hash, ...others } = labels
  return { ...template, metadata: { ...metadata, labels: others } }
}

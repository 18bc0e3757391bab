/** Upstream: describe.go, DeploymentDescriber. */
import type { Deployment } from '#api/apps/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { writeReasons } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { annotations, created, labels, name, namespace } from '#kubectl/describe/metadata.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import { intOrStringText } from '#kubectl/describe/values.ts'
import { replicaSetsOf, replicaSetsText } from './replica-sets.ts'
import type { ReplicaSets } from './replica-sets.ts'

export const deployment = describer<Deployment, ReplicaSets>({
  version: 'v1',
  related: replicaSetsOf,
  sections: [
    name,
    namespace,
    created,
    labels,
    annotations,
    ['Selector', ({ spec }) => labelSelectorMatcher(spec.selector).toString()],
    ['Replicas', replicasText],
    ['StrategyType', ({ spec }) => spec.strategy?.type ?? ''],
    ['MinReadySeconds', ({ spec }) => spec.minReadySeconds ?? 0],
    ['RollingUpdateStrategy', rollingUpdateText],
    (w, { spec }) => writePodTemplate(w, spec.template),
    (w, { status }) => writeReasons(w, status?.conditions),
    (w, _object, { related: { old, current } }) => {
      if (old.length + current.length === 0) return
      w.write(0, `OldReplicaSets:\t${replicaSetsText(old)}\n`)
      w.write(0, `NewReplicaSet:\t${replicaSetsText(current)}\n`)
    },
  ],
})

function replicasText({ spec, status = {} }: Deployment): string {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  const { unavailableReplicas = 0 } = status
  return `${spec.replicas ?? 0} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`
}

function rollingUpdateText({ spec }: Deployment): string | undefined {
  const update = spec.strategy?.rollingUpdate
  if (update === undefined) return undefined
  const { maxUnavailable, maxSurge } = update
  return `${intOrStringText(maxUnavailable)} max unavailable, ${intOrStringText(maxSurge)} max surge`
}

/** Upstream: describe.go, PodDescriber. */
import type { Pod } from '#api/core/v1.gen.ts'
import { qosClass } from '#api/meta/pods.ts'
import { describer } from '#kubectl/describe/describer.ts'
import type { Section } from '#kubectl/describe/describer.ts'
import { eventsAbout } from '#kubectl/describe/events.ts'
import {
  annotations,
  controlledBy,
  labels,
  name,
  namespace,
  writeLabels,
} from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { dateText, sinceText } from '#kubectl/describe/time-text.ts'
import { writeContainers } from './containers.ts'
import { writeSpread, writeTolerations } from './placement.ts'
import { writeResources } from './resources.ts'
import { writeVolumes } from './volumes.ts'

const mirrorAnnotation = 'kubernetes.io/config.mirror'

export const pod = describer<Pod>({
  version: 'v1',
  sections: [
    name,
    namespace,
    ['Priority', ({ spec }) => spec.priority],
    ['Priority Class Name', ({ spec }) => spec.priorityClassName || undefined],
    ['Runtime Class Name', ({ spec }) => spec.runtimeClassName || undefined],
    ['Service Account', ({ spec }) => spec.serviceAccountName || undefined],
    ['Node', nodeText],
    ['Start Time', ({ status }) => status?.startTime && dateText(status.startTime)],
    labels,
    annotations,
    ...statusSections(),
    ['IP', ({ status }) => status?.podIP ?? ''],
    writePodIps,
    controlledBy,
    ['NominatedNodeName', ({ status }) => status?.nominatedNodeName || undefined],
    writePodResources,
    writeAllContainers,
    writeReadinessGates,
    writeConditions,
    (w, { spec }) => writeVolumes(w, spec.volumes),
    ['QoS Class', (object) => object.status?.qosClass || qosClass(object)],
    (w, { spec }) => writeLabels(w, 'Node-Selectors', spec.nodeSelector),
    (w, { spec }) => writeTolerations(w, 'Tolerations', spec.tolerations),
    (w, { spec }) => writeSpread(w, spec.topologySpreadConstraints),
    writeSchedulingGroup,
  ],
  // Events of the kubelet name no kind; those about a static pod have the UID that the kubelet gave it.
  events: async ({ metadata }, reader) => {
    const uid = metadata.annotations?.[mirrorAnnotation] ?? metadata.uid
    return await eventsAbout({ metadata: { ...metadata, uid } }, reader)
  },
})

function nodeText({ spec, status }: Pod): string {
  if ((spec.nodeName ?? '') === '') return '<none>'
  return `${spec.nodeName}/${status?.hostIP ?? ''}`
}

function statusSections(): readonly Section<Pod>[] {
  return [
    (w, object, { nowMs }) => {
      const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata
      if (!isTerminating(object)) {
        w.write(0, `Status:\t${object.status?.phase ?? ''}\n`)
        return
      }
      w.write(0, `Status:\tTerminating (lasts ${sinceText(deletionTimestamp, nowMs)})\n`)
      w.write(0, `Termination Grace Period:\t${deletionGracePeriodSeconds ?? 0}s\n`)
    },
    ['Reason', ({ status }) => status?.reason || undefined],
    ['Message', ({ status }) => status?.message || undefined],
    ['SeccompProfile', ({ spec }) => spec.securityContext?.seccompProfile?.type],
    [
      'LocalhostProfile',
      ({ spec }) => {
        const profile = spec.securityContext?.seccompProfile
        return profile?.type === 'Localhost' ? (profile.localhostProfile ?? '') : undefined
      },
    ],
  ]
}

function isTerminating({ metadata, status }: Pod): boolean {
  const isOver = status?.phase === 'Failed' || status?.phase === 'Succeeded'
  return metadata.deletionTimestamp !== undefined && !isOver
}

function writePodIps(w: PrefixWriter, { status }: Pod): void {
  const ips = status?.podIPs ?? []
  w.write(0, ips.length === 0 ? 'IPs:\t<none>\n' : 'IPs:\n')
  for (const { ip } of ips) w.write(1, `IP:\t${ip}\n`)
}

function writePodResources(w: PrefixWriter, { spec }: Pod): void {
  if (spec.resources === undefined) return
  w.write(0, 'Resources:\n')
  writeResources(w, spec.resources, 1)
}

function writeAllContainers(w: PrefixWriter, object: Pod): void {
  const { spec, status } = object
  const { initContainers = [], containers, ephemeralContainers = [] } = spec
  if (initContainers.length > 0) {
    const statuses = status?.initContainerStatuses
    writeContainers(w, 'Init Containers', { containers: initContainers, statuses, pod: object })
  }
  const statuses = status?.containerStatuses
  writeContainers(w, 'Containers', { containers, statuses, pod: object })
  if (ephemeralContainers.length > 0) {
    const ephemeral = status?.ephemeralContainerStatuses
    const shown = { containers: ephemeralContainers, statuses: ephemeral, pod: object }
    writeContainers(w, 'Ephemeral Containers', shown)
  }
}

function writeReadinessGates(w: PrefixWriter, { spec, status }: Pod): void {
  const gates = spec.readinessGates ?? []
  if (gates.length === 0) return
  w.write(0, 'Readiness Gates:\n  Type\tStatus\n')
  for (const { conditionType } of gates) {
    const condition = status?.conditions?.find(({ type }) => type === conditionType)
    w.write(1, `${conditionType} \t${condition?.status ?? '<none>'} \n`)
  }
}

function writeConditions(w: PrefixWriter, { status }: Pod): void {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return
  w.write(0, 'Conditions:\n  Type\tStatus\n')
  for (const condition of conditions) w.write(1, `${condition.type} \t${condition.status} \n`)
}

function writeSchedulingGroup(w: PrefixWriter, { spec }: Pod): void {
  if (spec.schedulingGroup === undefined) return
  w.write(0, 'SchedulingGroup:\n')
  w.write(1, `PodGroupName:\t${spec.schedulingGroup.podGroupName ?? ''}\n`)
}

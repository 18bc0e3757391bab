/** Upstream: describe.go, DescribePodTemplate. */
import type { PodTemplateSpec } from '#api/core/v1.gen.ts'
import { writeAnnotations, writeLabels } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { writeContainers } from './containers.ts'
import { writeSpread, writeTolerations } from './placement.ts'
import { writeVolumes } from './volumes.ts'

const indent = '  '

export function writePodTemplate(w: PrefixWriter, template: PodTemplateSpec | undefined): void {
  w.write(0, 'Pod Template:\n')
  if (template?.spec === undefined) {
    w.write(1, '<unset>')
    return
  }
  const { metadata, spec } = template
  writeLabels(w, '  Labels', metadata?.labels)
  if (Object.keys(metadata?.annotations ?? {}).length > 0) {
    writeAnnotations(w, '  Annotations', metadata?.annotations)
  }
  const { serviceAccountName = '', priorityClassName = '' } = spec
  if (serviceAccountName !== '') w.write(1, `Service Account:\t${serviceAccountName}\n`)
  const { initContainers = [], containers } = spec
  if (initContainers.length > 0) {
    writeContainers(w, 'Init Containers', { containers: initContainers }, indent)
  }
  writeContainers(w, 'Containers', { containers }, indent)
  writeVolumes(w, spec.volumes, indent)
  writeSpread(w, spec.topologySpreadConstraints, indent)
  if (priorityClassName !== '') w.write(1, `Priority Class Name:\t${priorityClassName}\n`)
  writeLabels(w, '  Node-Selectors', spec.nodeSelector)
  writeTolerations(w, '  Tolerations', spec.tolerations)
}

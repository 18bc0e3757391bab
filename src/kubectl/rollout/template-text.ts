/** A pod template as `rollout` shows it: as describe does, its tabs as they are. */
import type { PodTemplateSpec } from '#api/core/v1.gen.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import { DescriptionWriter } from '#kubectl/describe/prefix-writer.ts'
import type { PodTemplate } from './revisions.ts'

export function templateText(template: PodTemplate): string {
  const writer = new DescriptionWriter({ aligned: false })
  writePodTemplate(writer, template as unknown as PodTemplateSpec)
  return writer.text()
}

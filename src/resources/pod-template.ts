/** Upstream: pkg/registry/core/podtemplate/strategy.go. */
import type { PodTemplate } from '#api/core/v1.gen.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { podtemplates as type } from '#api/resources.gen.ts'
import { formatLabels, nameColumn, stringColumn, templateColumns } from './columns.ts'
import { raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defaultPodTemplate } from './pod/defaults.ts'
import { checkPodTemplate } from './pod/validate-spec.ts'
import { podTemplateWarnings } from './pod/warnings.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const podTemplates = defineResource<PodTemplate>({
  ...served(type),
  hasGeneration: true,
  returnsDeletedObject: true,
  validateName: subdomainName,
  default(podTemplate) {
    defaultPodTemplate((podTemplate.template ??= {}))
  },
  prepareForCreate(podTemplate) {
    podTemplate.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    raiseGeneration(next, prior, ['template'])
  },
  validate,
  validateUpdate: validate,
  warnings: ({ template }) => podTemplateWarnings(template, 'template'),
  columns: [
    nameColumn(),
    ...templateColumns<PodTemplate>(({ template }) => template).map((column) => ({
      ...column,
      priority: 0,
    })),
    stringColumn('Pod Labels', 'The labels for the pod template.', ({ template }) =>
      formatLabels(template?.metadata?.labels),
    ),
  ],
})

function validate({ template }: PodTemplate): readonly FieldError[] {
  const errors: FieldError[] = []
  checkPodTemplate(template, 'template', errors)
  return errors
}

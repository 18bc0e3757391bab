/** Upstream: pkg/registry/node/runtimeclass/strategy.go, pkg/apis/node/validation/validation.go. */
import type { RuntimeClass } from '#api/node/v1.gen.ts'
import { duplicate, type FieldError } from '#api/meta/field-error.ts'
import { runtimeclasses as type } from '#api/resources.gen.ts'
import { checkImmutable, checkLabel1123, checkLabels } from './checks/checks.ts'
import { semanticEqual } from './checks/equality.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { checkResources } from './pod/validate-resources.ts'
import { checkTolerations } from './pod/validate-scheduling.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const runtimeClasses = defineResource<RuntimeClass>({
  ...served(type),
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = []
    checkImmutable(next.handler, prior.handler, 'handler', errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Handler',
      'handler specifies the underlying runtime and configuration that the CRI implementation will use to handle pods of this class.',
      ({ handler }) => handler,
    ),
    ageColumn(),
  ],
})

function validate({ handler, overhead, scheduling }: RuntimeClass): readonly FieldError[] {
  const errors: FieldError[] = []
  checkLabel1123(handler ?? '', 'handler', errors)
  if (overhead?.podFixed !== undefined) {
    checkResources({ limits: overhead.podFixed }, [], 'overhead', errors)
  }
  checkLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector', errors)
  const tolerations = scheduling?.tolerations ?? []
  checkTolerations(tolerations, 'scheduling.tolerations', errors)
  tolerations.forEach((toleration, at) => {
    if (tolerations.findIndex((other) => semanticEqual(other, toleration)) === at) return
    errors.push(duplicate(`scheduling.tolerations[${at}]`, toleration))
  })
  return errors
}

/** Upstream: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go. */
import { forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import { validateLabelValue } from '#api/meta/names.ts'
import type { LabelSelector, LabelSelectorRequirement } from '#api/meta/v1.gen.ts'
import { checkLabels, checkQualifiedName, refuse, type Errors } from './checks.ts'

export function checkLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
  errors: Errors,
): void {
  if (selector === undefined) return
  checkLabels(selector.matchLabels, `${path}.matchLabels`, errors)
  selector.matchExpressions?.forEach((requirement, at) => {
    checkRequirement(requirement, `${path}.matchExpressions[${at}]`, errors)
  })
}

function checkRequirement(
  requirement: LabelSelectorRequirement,
  path: string,
  errors: Errors,
): void {
  const values = requirement.values ?? []
  switch (requirement.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(
          required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
        )
      }
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(
          forbiddenField(
            `${path}.values`,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        )
      }
      break
    default:
      errors.push(
        invalidValue(
          `${path}.operator`,
          requirement.operator ?? '',
          'not a valid selector operator',
        ),
      )
  }
  checkQualifiedName(requirement.key ?? '', `${path}.key`, errors)
  values.forEach((value, at) => {
    refuse(errors, `${path}.values[${at}]`, value, validateLabelValue(value))
  })
}

/** Matches everything: neither labels nor expressions. */
export function isEmptySelector(selector: LabelSelector): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  )
}

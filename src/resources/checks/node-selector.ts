/** Upstream: pkg/apis/core/validation/validation.go, ValidateNodeSelector and what it calls. */
import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  TopologySelectorTerm,
} from '#api/core/v1.gen.ts'
import { duplicate, forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import { checkQualifiedName, checkSubdomain, type Errors } from './checks.ts'

export function checkNodeSelector(selector: NodeSelector, path: string, errors: Errors): void {
  const terms = selector.nodeSelectorTerms ?? []
  const termsPath = `${path}.nodeSelectorTerms`
  if (terms.length === 0) {
    errors.push(required(termsPath, 'must have at least one node selector term'))
  }
  terms.forEach((term, at) => checkNodeSelectorTerm(term, `${termsPath}[${at}]`, errors))
}

export function checkNodeSelectorTerm(term: NodeSelectorTerm, path: string, errors: Errors): void {
  term.matchExpressions?.forEach((requirement, at) => {
    checkRequirement(requirement, `${path}.matchExpressions[${at}]`, errors)
  })
  term.matchFields?.forEach((requirement, at) => {
    checkFieldRequirement(requirement, `${path}.matchFields[${at}]`, errors)
  })
}

function checkRequirement(
  requirement: NodeSelectorRequirement,
  path: string,
  errors: Errors,
): void {
  const count = requirement.values?.length ?? 0
  const values = `${path}.values`
  switch (requirement.operator) {
    case 'In':
    case 'NotIn':
      if (count === 0) {
        errors.push(required(values, "must be specified when `operator` is 'In' or 'NotIn'"))
      }
      break
    case 'Exists':
    case 'DoesNotExist':
      if (count > 0) {
        errors.push(
          forbiddenField(
            values,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
          ),
        )
      }
      break
    case 'Gt':
    case 'Lt':
      if (count !== 1) {
        errors.push(
          required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
        )
      }
      break
    default:
      errors.push(invalidOperator(requirement, path))
  }
  checkQualifiedName(requirement.key ?? '', `${path}.key`, errors)
}

function checkFieldRequirement(
  requirement: NodeSelectorRequirement,
  path: string,
  errors: Errors,
): void {
  const values = requirement.values ?? []
  if (requirement.operator !== 'In' && requirement.operator !== 'NotIn') {
    errors.push(invalidOperator(requirement, path))
  } else if (values.length !== 1) {
    errors.push(
      required(
        `${path}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      ),
    )
  }
  if (requirement.key !== 'metadata.name') {
    errors.push(
      invalidValue(`${path}.key`, requirement.key ?? '', 'not a valid field selector key'),
    )
    return
  }
  values.forEach((value, at) => checkSubdomain(value, `${path}.values[${at}]`, errors))
}

function invalidOperator(
  requirement: NodeSelectorRequirement,
  path: string,
): ReturnType<typeof invalidValue> {
  return invalidValue(
    `${path}.operator`,
    requirement.operator ?? '',
    'not a valid selector operator',
  )
}

/** As StorageClasses restrict topologies. Upstream: ValidateTopologySelectorTerm. */
export function checkTopologySelectorTerm(
  term: TopologySelectorTerm,
  path: string,
  errors: Errors,
): void {
  const keys = new Set<string>()
  term.matchLabelExpressions?.forEach((requirement, at) => {
    const here = `${path}.matchLabelExpressions[${at}]`
    const values = requirement.values ?? []
    if (values.length === 0) errors.push(required(`${here}.values`, ''))
    values.forEach((value, index) => {
      if (values.indexOf(value) < index) errors.push(duplicate(`${here}.values[${index}]`, value))
    })
    checkQualifiedName(requirement.key ?? '', `${here}.key`, errors)
    if (keys.has(requirement.key)) errors.push(duplicate(`${here}.key`, requirement.key))
    keys.add(requirement.key)
  })
}

/**
 * What a definition's status says, decided without writing it.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/controller: status/naming_controller.go,
 * establish/establishing_controller.go, nonstructuralschema, apiapproval, v1.36.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '#api/apiextensions/v1.gen.ts'
import { aggregate } from '#api/meta/field-error.ts'
import { findCondition, withCondition, withoutCondition } from '#api/meta/conditions.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { approvalOf, isProtectedGroup } from '#resources/custom/approval.ts'
import { isEstablished } from '#resources/custom/conditions.ts'
import { caBundleErrors } from '#resources/custom/validate-conversion.ts'
import { structuralErrors } from '#resources/custom/structural.ts'

type Condition = CustomResourceDefinitionCondition

/** `others`: the other definitions of the group. The status is the same object when nothing is new. */
export function planStatus(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinitionStatus {
  const { spec, status = {} } = definition
  const { names, problem } = acceptNames(definition, others)
  const verdicts: Condition[] = [namesAccepted(problem), ...approval(definition)]
  if (problem !== undefined) {
    if (!isEstablished(definition)) verdicts.push(notEstablished)
  } else if (isEstablished(definition) || caBundleErrors(spec.conversion).length === 0) {
    verdicts.push(established)
  } else verdicts.push(untrusting)
  let conditions = status.conditions ?? []
  for (const verdict of verdicts) {
    conditions = withCondition(conditions, { ...verdict, lastTransitionTime: now })
  }
  const violations = nonStructural(spec.versions)
  conditions =
    violations === undefined
      ? without(conditions, 'NonStructuralSchema')
      : withCondition(conditions, { ...violations, lastTransitionTime: now })
  const next = { ...status, acceptedNames: names, conditions }
  return equalJson(next, status) ? status : next
}

const established: Condition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
}

const notEstablished: Condition = {
  type: 'Established',
  status: 'False',
  reason: 'NotAccepted',
  message: 'not all names are accepted',
}

const untrusting: Condition = {
  type: 'Established',
  status: 'False',
  reason: 'InvalidCABundle',
  message: 'The conversion webhook CABundle is invalid',
}

interface Problem {
  readonly reason: string
  readonly message: string
}

function namesAccepted(problem: Problem | undefined): Condition {
  const type = 'NamesAccepted'
  if (problem !== undefined) return { type, status: 'False', ...problem }
  return { type, status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
}

interface Names {
  readonly names: CustomResourceDefinitionNames
  readonly problem: Problem | undefined
}

/** Each name by itself: what others have stays with them, the rest is taken. */
function acceptNames(
  { spec, status }: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
): Names {
  const asked = spec.names
  const had = status?.acceptedNames ?? { kind: '', plural: '' }
  const taken = namesOf(others)
  const names: CustomResourceDefinitionNames = { ...had }
  let problem: Problem | undefined
  const refuse = (reason: string, message: string): void => {
    problem = { reason: `${reason}Conflict`, message }
  }
  for (const [field, label, used] of [
    ['plural', 'Plural', taken.resources],
    ['singular', 'Singular', taken.resources],
  ] as const) {
    const name = asked[field] ?? ''
    if (name !== had[field] && used.has(name)) refuse(label, inUse(name))
    else names[field] = name
  }
  const refused = (asked.shortNames ?? []).filter(
    (name) => had.shortNames?.includes(name) !== true && taken.resources.has(name),
  )
  if (refused.length > 0) refuse('ShortNames', joined(refused.map(inUse)))
  else if (asked.shortNames !== undefined) names.shortNames = asked.shortNames
  else delete names.shortNames
  for (const [field, label] of [
    ['kind', 'Kind'],
    ['listKind', 'ListKind'],
  ] as const) {
    const name = asked[field] ?? ''
    if (name !== had[field] && taken.kinds.has(name)) refuse(label, inUse(name))
    else names[field] = name
  }
  if (asked.categories === undefined) delete names.categories
  else names.categories = asked.categories
  return { names, problem }
}

function inUse(name: string): string {
  return `${goQuote(name)} is already in use`
}

function joined(messages: readonly string[]): string {
  return messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
}

function namesOf(definitions: readonly CustomResourceDefinition[]) {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const { status } of definitions) {
    const {
      plural,
      singular = '',
      shortNames = [],
      kind,
      listKind = '',
    } = status?.acceptedNames ?? {
      plural: '',
      kind: '',
    }
    for (const name of [plural, singular, ...shortNames]) if (name !== '') resources.add(name)
    for (const name of [kind, listKind]) if (name !== '') kinds.add(name)
  }
  return { resources, kinds }
}

function approval(definition: CustomResourceDefinition): readonly Condition[] {
  if (!isProtectedGroup(definition.spec.group)) return []
  const type = 'KubernetesAPIApprovalPolicyConformant'
  const { state, reason: message } = approvalOf(definition)
  const verdicts = {
    missing: { status: 'False', reason: 'MissingAnnotation' },
    invalid: { status: 'False', reason: 'InvalidAnnotation' },
    bypassed: { status: 'False', reason: 'UnapprovedAnnotation' },
    approved: { status: 'True', reason: 'ApprovedAnnotation' },
  } as const
  return [{ type, ...verdicts[state], message }]
}

function nonStructural(
  versions: CustomResourceDefinition['spec']['versions'],
): Condition | undefined {
  const errors = versions.flatMap(({ schema }, index) =>
    schema?.openAPIV3Schema === undefined
      ? []
      : structuralErrors(schema.openAPIV3Schema, `spec.versions[${index}].schema.openAPIV3Schema`),
  )
  if (errors.length === 0) return undefined
  const message = aggregate(errors)
  return { type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message }
}

function without(conditions: Condition[], type: string): Condition[] {
  return findCondition(conditions, type) === undefined
    ? conditions
    : withoutCondition(conditions, type)
}

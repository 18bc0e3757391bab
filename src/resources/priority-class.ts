/** Upstream: pkg/registry/scheduling/priorityclass/strategy.go, pkg/apis/scheduling/validation/validation.go. */
import type { PriorityClass } from '#api/scheduling/v1.gen.ts'
import { forbiddenField, type FieldError } from '#api/meta/field-error.ts'
import { priorityclasses as type } from '#api/resources.gen.ts'
import { checkEnum, checkImmutable } from './checks/checks.ts'
import { ageColumn, booleanColumn, integerColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const priorityClasses = defineResource<PriorityClass>({
  ...served(type),
  shortNames: ['pc'],
  hasGeneration: true,
  validateName: subdomainName,
  default(priorityClass) {
    priorityClass.value ??= 0
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  prepareForCreate(priorityClass) {
    priorityClass.metadata.generation = 1
  },
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = []
    if ((next.value ?? 0) !== (prior.value ?? 0)) {
      errors.push(forbiddenField('value', 'may not be changed in an update.'))
    }
    checkImmutable(next.preemptionPolicy, prior.preemptionPolicy, 'preemptionPolicy', errors)
    return errors
  },
  columns: [
    nameColumn(),
    integerColumn(
      'Value',
      'value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.',
      ({ value }) => value ?? 0,
    ),
    booleanColumn(
      'Global-Default',
      'globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class.',
      ({ globalDefault }) => globalDefault ?? false,
    ),
    ageColumn(),
    stringColumn(
      'PreemptionPolicy',
      'preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority.',
      ({ preemptionPolicy }) => preemptionPolicy ?? '',
    ),
  ],
})

const userMax = 1_000_000_000
const systemPrefix = 'system-'

/** The classes that the system has itself. */
const systemValues: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

function validate(priorityClass: PriorityClass): readonly FieldError[] {
  const errors: FieldError[] = []
  const { name } = priorityClass.metadata
  const value = priorityClass.value ?? 0
  if (name.startsWith(systemPrefix)) {
    const problem = systemProblem(priorityClass, value)
    if (problem !== undefined) {
      const detail = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${problem}`
      errors.push(forbiddenField('metadata.name', detail))
    }
  } else if (value > userMax) {
    const detail = `maximum allowed value of a user defined priority is ${userMax}`
    errors.push(forbiddenField('value', detail))
  }
  const policies = ['PreemptLowerPriority', 'Never']
  if (priorityClass.preemptionPolicy !== undefined) {
    checkEnum(priorityClass.preemptionPolicy, policies, 'preemptionPolicy', errors)
  }
  return errors
}

function systemProblem(priorityClass: PriorityClass, value: number): string | undefined {
  const { name } = priorityClass.metadata
  const expected = systemValues[name]
  if (expected === undefined) return `${name} is not a known system priority class`
  if (value !== expected) return `value of ${name} PriorityClass must be ${expected}`
  if (priorityClass.globalDefault !== true) return undefined
  return `globalDefault of ${name} PriorityClass must be false`
}

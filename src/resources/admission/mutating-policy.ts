/**
 * Upstream: pkg/apis/admissionregistration/validation/validation.go,
 * pkg/registry/admissionregistration/mutatingadmissionpolicy{,binding}/strategy.go.
 */
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
} from '#api/admissionregistration/v1.gen.ts'
import { required, type FieldError } from '#api/meta/field-error.ts'
import { mutatingadmissionpolicies, mutatingadmissionpolicybindings } from '#api/resources.gen.ts'
import { checkEnum, checkRequiredSubdomain, type Errors } from '#resources/checks/checks.ts'
import { ageColumn, integerColumn, nameColumn, stringColumn } from '#resources/columns.ts'
import { raiseGeneration } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import {
  checkParamKind,
  checkParamRef,
  checkVariable,
  showParamKind,
  showParamRef,
} from './policy-checks.ts'
import {
  checkMatchConditions,
  checkMatchResources,
  defaultMatchResources,
  failurePolicies,
} from './rules.ts'

export const mutatingAdmissionPolicies = defineResource<MutatingAdmissionPolicy>({
  ...served(mutatingadmissionpolicies),
  categories: ['api-extensions'],
  hasGeneration: true,
  validateName: subdomainName,
  default({ spec }) {
    spec.failurePolicy ??= 'Fail'
    defaultMatchResources(spec.matchConstraints)
  },
  prepareForCreate(policy) {
    policy.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    raiseGeneration(next, prior, ['spec'])
  },
  validate: validatePolicy,
  validateUpdate: validatePolicy,
  columns: [
    nameColumn(),
    integerColumn(
      'Mutations',
      'Mutations indicates the number of mutations rules defined in this configuration',
      ({ spec }) => spec.mutations?.length ?? 0,
    ),
    stringColumn(
      'ParamKind',
      'ParamKind specifies the kind of resources used to parameterize this policy',
      ({ spec }) => showParamKind(spec.paramKind),
    ),
    ageColumn(),
  ],
})

function validatePolicy({ spec }: MutatingAdmissionPolicy): readonly FieldError[] {
  const errors: Errors = []
  checkEnum(spec.failurePolicy, failurePolicies, 'spec.failurePolicy', errors)
  if (spec.paramKind !== undefined) checkParamKind(spec.paramKind, 'spec.paramKind', errors)
  if (spec.matchConstraints === undefined) errors.push(required('spec.matchConstraints', ''))
  else {
    checkMatchResources(spec.matchConstraints, 'spec.matchConstraints', errors)
    if ((spec.matchConstraints.resourceRules ?? []).length === 0) {
      errors.push(required('spec.matchConstraints.resourceRules', ''))
    }
  }
  checkMatchConditions(spec.matchConditions, 'spec.matchConditions', errors)
  spec.variables?.forEach((variable, at) =>
    checkVariable(variable, `spec.variables[${at}]`, errors),
  )
  const { mutations = [] } = spec
  if (mutations.length === 0) {
    errors.push(required('spec.mutations', 'mutations must contain at least one item'))
  }
  mutations.forEach((mutation, at) => checkMutation(mutation, `spec.mutations[${at}]`, errors))
  checkEnum(spec.reinvocationPolicy, ['IfNeeded', 'Never'], 'spec.reinvocationPolicy', errors)
  return errors
}

const fields = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const

function checkMutation(mutation: Mutation, path: string, errors: Errors): void {
  const { patchType } = mutation
  checkEnum(patchType, Object.keys(fields), `${path}.patchType`, errors)
  if (patchType !== 'ApplyConfiguration' && patchType !== 'JSONPatch') return
  const field = fields[patchType]
  const expression = mutation[field]?.expression
  if (mutation[field] === undefined) {
    const detail = `must be specified when patchType is ${patchType}`
    errors.push(required(`${path}.${field}`, detail))
  } else if (expression === undefined || expression.trim() === '') {
    errors.push(required(`${path}.${field}.expression`, 'expression is not specified'))
  }
}

export const mutatingAdmissionPolicyBindings = defineResource<MutatingAdmissionPolicyBinding>({
  ...served(mutatingadmissionpolicybindings),
  hasGeneration: true,
  validateName: subdomainName,
  default({ spec }) {
    defaultMatchResources(spec.matchResources)
    if (spec.paramRef !== undefined) spec.paramRef.parameterNotFoundAction ??= 'Deny'
  },
  prepareForCreate(binding) {
    binding.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    raiseGeneration(next, prior, ['spec'])
  },
  validate: validateBinding,
  validateUpdate: validateBinding,
  columns: [
    nameColumn(),
    stringColumn(
      'PolicyName',
      'PolicyName indicates the policy definition which the policy binding binded to',
      ({ spec }) => spec.policyName ?? '',
    ),
    stringColumn(
      'ParamRef',
      'ParamRef indicates the param resource which sets the configration param',
      ({ spec }) => showParamRef(spec.paramRef),
    ),
    ageColumn(),
  ],
})

function validateBinding({ spec }: MutatingAdmissionPolicyBinding): readonly FieldError[] {
  const errors: Errors = []
  checkRequiredSubdomain(spec.policyName, 'spec.policyName', errors)
  if (spec.paramRef !== undefined) checkParamRef(spec.paramRef, 'spec.paramRef', errors)
  if (spec.matchResources !== undefined) {
    checkMatchResources(spec.matchResources, 'spec.matchResources', errors)
  }
  return errors
}

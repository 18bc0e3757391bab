/**
 * Upstream: pkg/apis/admissionregistration/validation/validation.go,
 * pkg/registry/admissionregistration/validatingadmissionpolicy{,binding}/strategy.go.
 */
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from '#api/admissionregistration/v1.gen.ts'
import {
  duplicate,
  invalidValue,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from '#api/meta/field-error.ts'
import { validateQualifiedName } from '#api/meta/names.ts'
import {
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
} from '#api/resources.gen.ts'
import {
  checkEnum,
  checkRequiredSubdomain,
  checkSupported,
  refuse,
  type Errors,
} from '#resources/checks/checks.ts'
import { ageColumn, integerColumn, nameColumn, stringColumn } from '#resources/columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from '#resources/generation.ts'
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

const limits = {
  /** As upstream: each is evaluated for each request that matches. */
  auditAnnotationsMax: 20,
  /** As upstream. */
  valueExpressionBytesMax: 5 * 1024,
} as const

export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>({
  ...served(validatingadmissionpolicies),
  categories: ['api-extensions'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  default({ spec }) {
    spec.failurePolicy ??= 'Fail'
    defaultMatchResources(spec.matchConstraints)
  },
  prepareForCreate(policy) {
    delete policy.status
    policy.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate: validatePolicy,
  validateUpdate: validatePolicy,
  columns: [
    nameColumn(),
    integerColumn(
      'Validations',
      'Validations indicates the number of validation rules defined in this configuration',
      ({ spec }) => spec.validations?.length ?? 0,
    ),
    stringColumn(
      'ParamKind',
      'ParamKind specifies the kind of resources used to parameterize this policy',
      ({ spec }) => showParamKind(spec.paramKind),
    ),
    ageColumn(),
  ],
})

function validatePolicy({ metadata, spec }: ValidatingAdmissionPolicy): readonly FieldError[] {
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
  const { validations = [], auditAnnotations = [] } = spec
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item'
    errors.push(required('spec.validations', detail), required('spec.auditAnnotations', detail))
  }
  validations.forEach((rule, at) => checkValidation(rule, `spec.validations[${at}]`, errors))
  checkAuditAnnotations(auditAnnotations, metadata.name, errors)
  return errors
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']

function checkValidation(rule: Validation, path: string, errors: Errors): void {
  const expression = rule.expression.trim()
  if (expression === '') {
    errors.push(required(`${path}.expression`, 'expression is not specified'))
  }
  if (rule.messageExpression !== undefined && rule.messageExpression !== '') {
    if (rule.messageExpression.trim() === '') {
      const detail = 'must be non-empty if specified'
      errors.push(invalidValue(`${path}.messageExpression`, rule.messageExpression, detail))
    }
  }
  const { message = '' } = rule
  const trimmed = message.trim()
  const refuseMessage = (detail: string): number =>
    errors.push(invalidValue(`${path}.message`, message, detail))
  if (message !== '' && trimmed === '') refuseMessage('message must be non-empty if specified')
  else if (trimmed.includes('\n')) refuseMessage('message must not contain line breaks')
  else if (expression.includes('\n') && trimmed === '') {
    const detail = 'message must be specified if expression contains line breaks'
    errors.push(required(`${path}.message`, detail))
  }
  checkSupported(rule.reason, reasons, `${path}.reason`, errors)
}

function checkAuditAnnotations(
  annotations: readonly AuditAnnotation[],
  policy: string,
  errors: Errors,
): void {
  const path = 'spec.auditAnnotations'
  if (annotations.length > limits.auditAnnotationsMax) {
    const detail = `must not have more than ${limits.auditAnnotationsMax} auditAnnotations`
    errors.push(invalidValue(path, annotations, detail))
  }
  const keys = new Set<string>()
  for (const [at, { key, valueExpression }] of annotations.entries()) {
    refuse(errors, `${path}[${at}].key`, key, validateQualifiedName(`${policy}/${key}`))
    if (keys.has(key)) errors.push(duplicate(`${path}[${at}].key`, key))
    keys.add(key)
    const field = `${path}[${at}].valueExpression`
    if (valueExpression.trim() === '') {
      errors.push(required(field, 'valueExpression is not specified'))
    } else if (valueExpression.length > limits.valueExpressionBytesMax) {
      errors.push(tooLong(field, '', limits.valueExpressionBytesMax))
    }
  }
}

export const validatingAdmissionPolicyBindings = defineResource<ValidatingAdmissionPolicyBinding>({
  ...served(validatingadmissionpolicybindings),
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
      ({ spec }) => spec.policyName,
    ),
    stringColumn(
      'ParamRef',
      'ParamRef indicates the param resource which sets the configration param',
      ({ spec }) => showParamRef(spec.paramRef),
    ),
    ageColumn(),
  ],
})

const actions = ['Audit', 'Deny', 'Warn']

function validateBinding({ spec }: ValidatingAdmissionPolicyBinding): readonly FieldError[] {
  const errors: Errors = []
  checkRequiredSubdomain(spec.policyName, 'spec.policyName', errors)
  if (spec.paramRef !== undefined) checkParamRef(spec.paramRef, 'spec.paramRef', errors)
  if (spec.matchResources !== undefined) {
    checkMatchResources(spec.matchResources, 'spec.matchResources', errors)
  }
  checkActions(spec.validationActions ?? [], 'spec.validationActions', errors)
  return errors
}

function checkActions(values: readonly string[], path: string, errors: Errors): void {
  const seen = new Set<string>()
  for (const [at, action] of values.entries()) {
    if (!actions.includes(action)) errors.push(notSupported(`${path}[${at}]`, action, actions))
    if (seen.has(action)) errors.push(duplicate(`${path}[${at}]`, action))
    seen.add(action)
  }
  if (seen.has('Deny') && seen.has('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
    errors.push(invalidValue(path, values, detail))
  }
  if (values.length === 0) {
    errors.push(required(path, 'at least one validation action is required'))
  }
}

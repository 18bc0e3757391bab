/** Upstream: pkg/registry/networking/ingressclass/strategy.go, pkg/apis/networking/validation/validation.go. */
import type { IngressClass, IngressClassParametersReference } from '#api/networking/v1.gen.ts'
import {
  forbiddenField,
  notSupported,
  required,
  tooLong,
  type FieldError,
} from '#api/meta/field-error.ts'
import { ingressclasses as type } from '#api/resources.gen.ts'
import { checkImmutable, checkLabel1123, type Errors } from './checks/checks.ts'
import { checkDomainPath } from './checks/domain-path.ts'
import { checkTypedReference } from './checks/references.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const ingressClasses = defineResource<IngressClass>({
  ...served(type),
  hasGeneration: true,
  validateName: subdomainName,
  default({ spec }) {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= 'Cluster'
  },
  prepareForCreate(ingressClass) {
    ingressClass.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    raiseGeneration(next, prior, ['spec'])
  },
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = []
    checkImmutable(next.spec?.controller, prior.spec?.controller, 'spec.controller', errors)
    return [...errors, ...validate(next)]
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Controller',
      'Controller that is responsible for handling this class',
      ({ spec }) => spec?.controller ?? '',
    ),
    stringColumn('Parameters', 'A reference to a resource with additional parameters', ({ spec }) =>
      formatParameters(spec?.parameters),
    ),
    ageColumn(),
  ],
})

function formatParameters(parameters: IngressClassParametersReference | undefined): string {
  if (parameters === undefined) return '<none>'
  const { kind, apiGroup, name } = parameters
  return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`
}

const controllerMax = 250

function validate({ spec }: IngressClass): readonly FieldError[] {
  const errors: FieldError[] = []
  const controller = spec?.controller ?? ''
  if (controller.length > controllerMax) {
    errors.push(tooLong('spec.controller', '', controllerMax))
  }
  checkDomainPath(controller, 'spec.controller', errors)
  if (spec?.parameters !== undefined) {
    checkParameters(spec.parameters, 'spec.parameters', errors)
  }
  return errors
}

function checkParameters(
  parameters: IngressClassParametersReference,
  path: string,
  errors: Errors,
): void {
  checkTypedReference(parameters, path, errors)
  const { scope, namespace } = parameters
  if (scope === undefined) errors.push(required(`${path}.scope`, ''))
  else if (scope === 'Namespace') {
    if (namespace === undefined) {
      errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"))
    } else checkLabel1123(namespace, `${path}.namespace`, errors)
  } else if (scope === 'Cluster') {
    if (namespace === undefined) return
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"))
  } else errors.push(notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace']))
}

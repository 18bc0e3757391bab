/**
 * Upstream: staging/src/k8s.io/kube-aggregator/pkg/registry/apiservice/{strategy.go,etcd/etcd.go} and
 * pkg/apis/apiregistration/validation/validation.go.
 */
import type { APIService, APIServiceCondition } from '#api/apiregistration/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { invalidValue, notSupported, required, type FieldError } from '#api/meta/field-error.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { validateDns1035Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import { apiservices as type } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import { refuse, type Errors } from './checks/checks.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { keepSpec, keepStatus } from './generation.ts'
import { pathSegmentName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

const httpsPort = 443

export const apiServices = defineResource<APIService>({
  ...served(type),
  storageKey: 'apiregistration.k8s.io/apiservices',
  categories: ['api-extensions'],
  status: true,
  allowUnconditionalUpdate: false,
  validateName: pathSegmentName,
  default({ spec }) {
    if (spec?.service !== undefined) spec.service.port ??= httpsPort
  },
  prepareForCreate(service, { nowMs }) {
    const { service: remote } = service.spec
    service.status = remote === undefined ? { conditions: [locallyAvailable(nowMs)] } : {}
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(next, prior) {
    keepSpec(next, prior)
    keepMetadata(next, prior)
  },
  validate,
  validateUpdate: validate,
  validateStatusUpdate({ status }) {
    const errors: FieldError[] = []
    const supported = ['True', 'False', 'Unknown']
    status?.conditions?.forEach((condition, at) => {
      if (supported.includes(condition.status)) return
      const path = `status.conditions[${at}].status`
      errors.push(notSupported(path, condition.status, supported.toSorted()))
    })
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Service',
      'The reference to the service that hosts this API endpoint.',
      ({ spec: { service } }) =>
        service === undefined ? 'Local' : `${service.namespace}/${service.name}`,
    ),
    stringColumn('Available', 'Whether this service is available.', availability),
    ageColumn(),
  ],
})

const kept = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const

/** Who says how a server does changes nothing else. */
function keepMetadata({ metadata: next }: APIService, { metadata: prior }: APIService): void {
  for (const field of kept) {
    if (prior[field] === undefined) delete next[field]
    else Object.assign(next, { [field]: prior[field] })
  }
}

/** What this server answers itself is always there. */
function locallyAvailable(nowMs: number): APIServiceCondition {
  return {
    type: 'Available',
    status: 'True',
    reason: 'Local',
    message: 'Local APIServices are always available',
    lastTransitionTime: timestamp(nowMs),
  }
}

function availability({ status }: APIService): string {
  const found = findCondition(status?.conditions, 'Available')
  if (found === undefined) return 'Unknown'
  const isTold = found.status !== 'True' && (found.reason ?? '') !== ''
  return isTold ? `${found.status} (${found.reason})` : found.status
}

function validate({ metadata, spec }: APIService): readonly FieldError[] {
  const errors: FieldError[] = []
  const { group = '', version = '' } = spec
  const wanted = `${version}.${group}`
  if (metadata.name !== wanted) {
    const detail = `must be \`spec.version+"."+spec.group\`: ${goQuote(wanted)}`
    errors.push(invalidValue('metadata.name', metadata.name, detail))
  }
  if (group === '' && version !== 'v1') {
    const detail = 'only v1 may have an empty group and it better be legacy kube'
    errors.push(required('spec.group', detail))
  }
  if (group !== '') refuse(errors, 'spec.group', group, validateDns1123Subdomain(group))
  refuse(errors, 'spec.version', version, validateDns1035Label(version))
  checkPriority(spec.groupPriorityMinimum, 20_000, 'spec.groupPriorityMinimum', errors)
  checkPriority(spec.versionPriority, 1_000, 'spec.versionPriority', errors)
  if (spec.service === undefined) checkLocal(spec, errors)
  else checkRemote(spec, spec.service, errors)
  return errors
}

/** Left out it is 0, as Go has it. */
function checkPriority(given: number | undefined, max: number, path: string, errors: Errors): void {
  const value = given ?? 0
  if (value > 0 && value <= max) return
  errors.push(invalidValue(path, value, `must be positive and less than ${max}`))
}

function checkLocal(spec: APIService['spec'], errors: Errors): void {
  const bytes = atob(spec.caBundle ?? '').length
  if (bytes > 0) {
    const detail = 'local APIServices may not have a caBundle'
    errors.push(invalidValue('spec.caBundle', `${bytes} bytes`, detail))
  }
  if (spec.insecureSkipTLSVerify === true) {
    const detail = 'local APIServices may not have insecureSkipTLSVerify'
    errors.push(invalidValue('spec.insecureSkipTLSVerify', true, detail))
  }
}

type Spec = APIService['spec']

function checkRemote(
  spec: Spec,
  { namespace = '', name = '', port = httpsPort }: NonNullable<Spec['service']>,
  errors: Errors,
): void {
  if (namespace === '') errors.push(required('spec.service.namespace', ''))
  if (name === '') errors.push(required('spec.service.name', ''))
  if (port < 1 || port > 65_535) {
    const detail = 'port is not valid: must be between 1 and 65535, inclusive'
    errors.push(invalidValue('spec.service.port', port, detail))
  }
  if (spec.insecureSkipTLSVerify === true && (spec.caBundle ?? '') !== '') {
    const detail = 'may not be true if caBundle is present'
    errors.push(invalidValue('spec.insecureSkipTLSVerify', true, detail))
  }
}

/** Upstream: pkg/apis/core/validation/events.go. */
import type { Event } from '#api/core/v1.gen.ts'
import type { Event as EventsV1Event } from '#api/events/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain, validateQualifiedName } from '#api/meta/names.ts'
import { checkImmutable, empty, refuse, type Errors } from '#resources/checks/checks.ts'
import { toCore } from './conversion.ts'

const nameMax = 128
const noteMax = 1024

/** Events of core are checked loosely unless they have an eventTime, as the new ones do. */
export function validateEvent(event: Event): readonly FieldError[] {
  const errors: FieldError[] = []
  checkNamespace(event, errors)
  if (event.eventTime !== undefined) checkNew(event, 'reportingComponent', errors)
  const namespace = event.metadata.namespace ?? ''
  refuse(errors, 'namespace', namespace, validateDns1123Subdomain(namespace))
  return errors
}

/** Cluster-scoped objects' events are in `default`; all others' beside the object. */
function checkNamespace(event: Event, errors: Errors): void {
  const own = event.metadata.namespace ?? ''
  const involved = event.involvedObject?.namespace ?? ''
  const homes = event.eventTime === undefined ? ['', 'default'] : ['default', 'kube-system']
  const fits =
    involved === '' ? homes.includes(own) : own === involved || event.eventTime !== undefined
  if (fits) return
  errors.push(invalidValue('involvedObject.namespace', involved, 'does not match event.namespace'))
}

function checkNew(event: Event, controllerField: string, errors: Errors): void {
  const controller = event.reportingComponent ?? ''
  if (controller === '') errors.push(required(controllerField, ''))
  refuse(errors, controllerField, controller, validateQualifiedName(controller))
  checkText(event.reportingInstance, 'reportingInstance', errors)
  checkText(event.action, 'action', errors)
  checkText(event.reason, 'reason', errors)
  if ((event.message ?? '').length > noteMax) {
    errors.push(invalidValue('message', '', `can have at most ${noteMax} characters`))
  }
}

function checkText(text: string | undefined, path: string, errors: Errors): void {
  if (empty(text)) errors.push(required(path, ''))
  else if (text.length > nameMax) {
    errors.push(invalidValue(path, '', `can have at most ${nameMax} characters`))
  }
}

export function validateEventsV1(event: EventsV1Event): readonly FieldError[] {
  const errors: FieldError[] = []
  const core = toCore(event)
  checkNamespace(core, errors)
  if (event.eventTime === undefined) errors.push(required('eventTime', ''))
  else checkNew(core, 'reportingController', errors)
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.push(invalidValue('type', '', `has invalid value: ${event.type ?? ''}`))
  }
  checkSeries(event, errors)
  const deprecated = {
    deprecatedFirstTimestamp: event.deprecatedFirstTimestamp,
    deprecatedLastTimestamp: event.deprecatedLastTimestamp,
    deprecatedCount: event.deprecatedCount || undefined,
    deprecatedSource:
      Object.keys(event.deprecatedSource ?? {}).length === 0 ? undefined : event.deprecatedSource,
  }
  for (const [field, value] of Object.entries(deprecated)) {
    if (value !== undefined) errors.push(invalidValue(field, value, 'needs to be unset'))
  }
  const namespace = event.metadata.namespace ?? ''
  refuse(errors, 'namespace', namespace, validateDns1123Subdomain(namespace))
  return errors
}

function checkSeries({ series }: EventsV1Event, errors: Errors): void {
  if (series === undefined) return
  if (series.count < 2) errors.push(invalidValue('series.count', '', 'should be at least 2'))
  if (series.lastObservedTime === undefined) {
    errors.push(required('series.lastObservedTime', ''))
  }
}

const immutable = [
  ['regarding', 'involvedObject'],
  ['reason', 'reason'],
  ['note', 'message'],
  ['eventTime', 'eventTime'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingController', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
  ['type', 'type'],
] as const satisfies readonly (readonly [keyof EventsV1Event, string])[]

/** Only the series may go on. */
export function validateEventsV1Update(
  next: EventsV1Event,
  prior: EventsV1Event,
): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [field, path] of immutable) checkImmutable(next[field], prior[field], path, errors)
  checkSeries(next, errors)
  return errors
}

/** One kind, served in two versions. Upstream: pkg/registry/core/event/strategy.go. */
import type { Event } from '#api/core/v1.gen.ts'
import type { Event as EventsV1Event } from '#api/events/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { events as coreType, eventsEventsV1 } from '#api/resources.gen.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource, type Resource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { eventColumns } from './columns.ts'
import { fromCore, toCore } from './conversion.ts'
import { validateEvent, validateEventsV1, validateEventsV1Update } from './validate.ts'

const keptSeconds = 60 * 60

const both = {
  shortNames: ['ev'],
  ttlSeconds: keptSeconds,
  allowCreateOnUpdate: true,
  validateName: subdomainName,
} satisfies Partial<Resource>

export const events = defineResource<Event>({
  ...served(coreType),
  ...both,
  default(event) {
    event.source ??= {}
    event.reportingComponent ??= ''
    event.reportingInstance ??= ''
  },
  validate: validateEvent,
  validateUpdate: validateEvent,
  columns: eventColumns<Event>((event) => event),
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject?.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject?.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject?.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject?.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || (reportingComponent ?? ''),
    type: ({ type }) => type ?? '',
  },
})

export const eventsV1 = defineResource<EventsV1Event>({
  ...served(eventsEventsV1),
  ...both,
  conversion: {
    fromStored: (stored: ApiObject) => fromCore(stored as Event),
    toStored: toCore,
  },
  validate: validateEventsV1,
  validateUpdate: validateEventsV1Update,
  columns: eventColumns<EventsV1Event>(toCore),
  selectableFields: {
    'regarding.kind': ({ regarding }) => regarding?.kind ?? '',
    'regarding.namespace': ({ regarding }) => regarding?.namespace ?? '',
    'regarding.name': ({ regarding }) => regarding?.name ?? '',
    'regarding.uid': ({ regarding }) => regarding?.uid ?? '',
    'regarding.apiVersion': ({ regarding }) => regarding?.apiVersion ?? '',
    'regarding.resourceVersion': ({ regarding }) => regarding?.resourceVersion ?? '',
    'regarding.fieldPath': ({ regarding }) => regarding?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },
})

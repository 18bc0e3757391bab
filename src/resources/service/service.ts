import type { Service } from '#api/core/v1.gen.ts'
import { services as type } from '#api/resources.gen.ts'
import { label1035Name } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { serviceColumns } from './columns.ts'
import { defaultService } from './defaults.ts'
import { prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './prepare.ts'
import { validateServiceStatusUpdate, validateServiceUpdate } from './validate-update.ts'
import { validateService } from './validate.ts'

export const services = defineResource<Service>({
  ...served(type),
  shortNames: ['svc'],
  categories: ['all'],
  storageKey: 'services/specs',
  status: true,
  subresources: ['proxy'],
  allowCreateOnUpdate: true,
  returnsDeletedObject: true,
  validateName: label1035Name,
  default: defaultService,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  columns: serviceColumns,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type ?? '',
  },
})

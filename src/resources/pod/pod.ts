import type { Pod } from '#api/core/v1.gen.ts'
import { pods as type } from '#api/resources.gen.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { podColumns } from './columns.ts'
import { binding } from './binding.ts'
import { defaultPod } from './defaults.ts'
import {
  gracePeriodSeconds,
  prepareForCreate,
  prepareForStatusUpdate,
  prepareForUpdate,
} from './prepare.ts'
import { ephemeralContainers, resize } from './subresources.ts'
import { validatePodStatusUpdate } from './validate-status.ts'
import { validatePodUpdate } from './validate-update.ts'
import { validatePod } from './validate.ts'
import { podWarnings } from './warnings.ts'

export const pods = defineResource<Pod>({
  ...served(type),
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  subresources: [
    'attach',
    'binding',
    'ephemeralcontainers',
    'eviction',
    'exec',
    'log',
    'portforward',
    'proxy',
    'resize',
  ],
  subresourceUpdates: { binding, ephemeralcontainers: ephemeralContainers, resize },
  returnsDeletedObject: true,
  validateName: subdomainName,
  default: defaultPod,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  warnings: podWarnings,
  gracePeriodSeconds,
  columns: podColumns,
  selectableFields: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
})

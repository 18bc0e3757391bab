/**
 * Which fields transformers change, by kind. A path with `+` in front is made where it is missing; kinds are
 * `Kind` or `group/version/Kind`, `*` is every kind.
 * Upstream: kustomize api/internal/konfig/builtinpluginconsts.
 */
export type FieldRow = readonly [path: string, kinds: string]

export const labelFields: readonly FieldRow[] = [
  ['+spec/selector', '/v1/Service /v1/ReplicationController'],
  ['+spec/selector/matchLabels', 'Deployment ReplicaSet DaemonSet apps//StatefulSet'],
  [
    'spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels',
    'apps//Deployment apps//StatefulSet',
  ],
  [
    'spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels',
    'apps//Deployment apps//StatefulSet',
  ],
  [
    'spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels',
    'apps//Deployment apps//StatefulSet',
  ],
  [
    'spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels',
    'apps//Deployment apps//StatefulSet',
  ],
  [
    'spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels',
    'apps//Deployment apps//StatefulSet',
  ],
  ['spec/selector/matchLabels', 'batch//Job policy//PodDisruptionBudget'],
  ['spec/jobTemplate/spec/selector/matchLabels', 'batch//CronJob'],
  ['spec/podSelector/matchLabels', 'networking.k8s.io//NetworkPolicy'],
  ['spec/ingress/from/podSelector/matchLabels', 'networking.k8s.io//NetworkPolicy'],
  ['spec/egress/to/podSelector/matchLabels', 'networking.k8s.io//NetworkPolicy'],
  ['+metadata/labels', '*'],
  [
    '+spec/template/metadata/labels',
    '/v1/ReplicationController Deployment ReplicaSet DaemonSet apps//StatefulSet batch//Job',
  ],
  ['+spec/volumeClaimTemplates[]/metadata/labels', 'apps//StatefulSet'],
  ['+spec/jobTemplate/metadata/labels', 'batch//CronJob'],
  ['+spec/jobTemplate/spec/template/metadata/labels', 'batch//CronJob'],
]

export const templateLabelFields: readonly FieldRow[] = [
  ['+metadata/labels', '*'],
  [
    '+spec/template/metadata/labels',
    '/v1/ReplicationController Deployment ReplicaSet DaemonSet apps//StatefulSet batch//Job',
  ],
  ['+spec/volumeClaimTemplates[]/metadata/labels', 'apps//StatefulSet'],
  ['+spec/jobTemplate/metadata/labels', 'batch//CronJob'],
  ['+spec/jobTemplate/spec/template/metadata/labels', 'batch//CronJob'],
]

export const annotationFields: readonly FieldRow[] = [
  ['+metadata/annotations', '*'],
  [
    '+spec/template/metadata/annotations',
    '/v1/ReplicationController Deployment ReplicaSet DaemonSet StatefulSet batch//Job',
  ],
  ['+spec/jobTemplate/metadata/annotations', 'batch//CronJob'],
  ['+spec/jobTemplate/spec/template/metadata/annotations', 'batch//CronJob'],
]

export const namespaceFields: readonly FieldRow[] = [
  ['+metadata/name', 'Namespace'],
  ['+spec/service/namespace', 'apiregistration.k8s.io//APIService'],
  [
    'spec/conversion/webhook/clientConfig/service/namespace',
    'apiextensions.k8s.io//CustomResourceDefinition',
  ],
]

export const imageFields: readonly FieldRow[] = [
  ['+spec/containers[]/image', '*'],
  ['+spec/initContainers[]/image', '*'],
  ['+spec/volumes[]/image/reference', '*'],
  ['+spec/template/spec/containers[]/image', '*'],
  ['+spec/template/spec/initContainers[]/image', '*'],
  ['+spec/template/spec/volumes[]/image/reference', '*'],
]

export const replicaFields: readonly FieldRow[] = [
  ['+spec/replicas', 'Deployment ReplicationController ReplicaSet StatefulSet'],
]

/**
 * The order of groups and of the versions in them.
 * Upstream: pkg/controlplane/apiserver/aggregator.go (DefaultGenericAPIServicePriorities) and
 * cmd/kube-apiserver/app/server.go (apiVersionPriorities), v1.36.
 */

export interface Priority {
  /** Of the group: the higher comes first. */
  readonly group: number
  /** Of the version in its group. */
  readonly version: number
}

/** Upstream: pkg/controlplane/controller/crdregistration: custom kinds come last. */
export const customPriority: Priority = { group: 1000, version: 100 }

const groups: Readonly<Record<string, readonly [priority: number, ...versions: string[]]>> = {
  '': [18_000, 'v1 1'],
  apps: [17_800, 'v1 15'],
  'events.k8s.io': [17_750, 'v1 15', 'v1beta1 5'],
  'authentication.k8s.io': [17_700, 'v1 15', 'v1beta1 9', 'v1alpha1 1'],
  'authorization.k8s.io': [17_600, 'v1 15'],
  autoscaling: [17_500, 'v1 15', 'v2 30'],
  batch: [17_400, 'v1 15', 'v1beta1 9'],
  'certificates.k8s.io': [17_300, 'v1 15', 'v1beta1 9', 'v1alpha1 1'],
  'networking.k8s.io': [17_200, 'v1 15', 'v1beta1 9', 'v1alpha1 1'],
  policy: [17_100, 'v1 15', 'v1beta1 9'],
  'rbac.authorization.k8s.io': [17_000, 'v1 15'],
  'storage.k8s.io': [16_800, 'v1 15', 'v1beta1 9', 'v1alpha1 1'],
  'apiextensions.k8s.io': [16_700, 'v1 15'],
  'admissionregistration.k8s.io': [16_700, 'v1 15', 'v1beta1 12', 'v1alpha1 9'],
  'scheduling.k8s.io': [16_600, 'v1 15', 'v1alpha2 1', 'v1alpha1 1'],
  'coordination.k8s.io': [16_500, 'v1 15', 'v1beta1 13', 'v1alpha2 12'],
  'node.k8s.io': [16_300, 'v1 15', 'v1beta1 9', 'v1alpha1 1'],
  'discovery.k8s.io': [16_200, 'v1 15', 'v1beta1 12'],
  'resource.k8s.io': [16_200, 'v1 20', 'v1beta2 15', 'v1beta1 9', 'v1alpha3 1'],
  'flowcontrol.apiserver.k8s.io': [16_100, 'v1 21', 'v1beta3 18', 'v1beta2 15', 'v1beta1 12'],
  'internal.apiserver.k8s.io': [16_000, 'v1alpha1 9'],
  'storagemigration.k8s.io': [15_800, 'v1beta1 9'],
}

const known: ReadonlyMap<string, Priority> = new Map(
  Object.entries(groups).flatMap(([name, [group, ...versions]]) =>
    versions.map((text): [string, Priority] => {
      const [version = '', priority] = text.split(' ')
      return [`${name}/${version}`, { group, version: Number(priority) }]
    }),
  ),
)

/** Of a built-in group version; undefined: it is none. */
export function builtInPriority(group: string, version: string): Priority | undefined {
  return known.get(`${group}/${version}`)
}

/** The aggregator's own group stands before all others, and has no APIService. */
export const registrationGroup = 'apiregistration.k8s.io'

const first: Priority = { group: 20_001, version: 1 }

export function localPriority(group: string, version: string): Priority {
  if (group === registrationGroup) return first
  return builtInPriority(group, version) ?? customPriority
}

/**
 * The names by which `--controllers` knows controllers, old ones too, and which run without being asked.
 * Upstream: cmd/kube-controller-manager/names/controller_names.go, app/controllermanager.go
 * (ControllersDisabledByDefault, KnownControllers) and staging/src/k8s.io/controller-manager/options, v1.36.
 */
import { UserError } from '#base/user-error.ts'

/** Upstream's names, and what they were called before; '' for those that had no other. */
const aliases: Readonly<Record<string, string>> = {
  'serviceaccount-token-controller': 'serviceaccount-token',
  'endpoints-controller': 'endpoint',
  'endpointslice-controller': 'endpointslice',
  'endpointslice-mirroring-controller': 'endpointslicemirroring',
  'replicationcontroller-controller': 'replicationcontroller',
  'pod-garbage-collector-controller': 'podgc',
  'resourcequota-controller': 'resourcequota',
  'namespace-controller': 'namespace',
  'serviceaccount-controller': 'serviceaccount',
  'garbage-collector-controller': 'garbagecollector',
  'daemonset-controller': 'daemonset',
  'job-controller': 'job',
  'deployment-controller': 'deployment',
  'replicaset-controller': 'replicaset',
  'horizontal-pod-autoscaler-controller': 'horizontalpodautoscaling',
  'disruption-controller': 'disruption',
  'statefulset-controller': 'statefulset',
  'cronjob-controller': 'cronjob',
  'certificatesigningrequest-signing-controller': 'csrsigning',
  'certificatesigningrequest-approving-controller': 'csrapproving',
  'certificatesigningrequest-cleaner-controller': 'csrcleaner',
  'ttl-controller': 'ttl',
  'bootstrap-signer-controller': 'bootstrapsigner',
  'token-cleaner-controller': 'tokencleaner',
  'service-lb-controller': 'service',
  'node-ipam-controller': 'nodeipam',
  'node-lifecycle-controller': 'nodelifecycle',
  'node-route-controller': 'route',
  'cloud-node-lifecycle-controller': 'cloud-node-lifecycle',
  'taint-eviction-controller': '',
  'device-taint-eviction-controller': '',
  'persistentvolume-binder-controller': 'persistentvolume-binder',
  'persistentvolume-attach-detach-controller': 'attachdetach',
  'persistentvolume-expander-controller': 'persistentvolume-expander',
  'clusterrole-aggregation-controller': 'clusterrole-aggregation',
  'persistentvolumeclaim-protection-controller': 'pvc-protection',
  'persistentvolume-protection-controller': 'pv-protection',
  'volumeattributesclass-protection-controller': '',
  'ttl-after-finished-controller': 'ttl-after-finished',
  'root-ca-certificate-publisher-controller': 'root-ca-cert-publisher',
  'kube-apiserver-serving-clustertrustbundle-publisher-controller': '',
  'ephemeral-volume-controller': 'ephemeral-volume',
  'storageversion-garbage-collector-controller': 'storage-version-gc',
  'resourceclaim-controller': 'resource-claim-controller',
  'legacy-serviceaccount-token-cleaner-controller': 'legacy-service-account-token-cleaner',
  'validatingadmissionpolicy-status-controller': '',
  'service-cidr-controller': '',
  'storage-version-migrator-controller': '',
  'selinux-warning-controller': '',
  'podcertificaterequest-cleaner-controller': '',
}

const offByDefault: ReadonlySet<string> = new Set([
  'bootstrap-signer-controller',
  'token-cleaner-controller',
  'selinux-warning-controller',
])

const canonical: ReadonlyMap<string, string> = new Map(
  Object.entries(aliases).flatMap(([name, alias]) => [
    [name, name] as const,
    [alias, name] as const,
  ]),
)

/**
 * Whether a controller is to run, by `--controllers`: names to run, `*` for all that run by default,
 * `-name` to leave one out. Throws UserError for names that no controller has.
 */
export function choiceOf(names: readonly string[]): (name: string) => boolean {
  const asked = names.map((name) => {
    if (name === '*') return name
    const sign = name.startsWith('-') ? '-' : ''
    const known = canonical.get(name.slice(sign.length))
    if (known === undefined || name === sign) {
      throw new UserError(
        `${JSON.stringify(name.slice(sign.length))} is not in the list of known controllers`,
      )
    }
    return `${sign}${known}`
  })
  return (name) => {
    if (asked.includes(name)) return true
    if (asked.includes(`-${name}`) || !asked.includes('*')) return false
    return !offByDefault.has(name)
  }
}

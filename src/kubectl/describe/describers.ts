/** Which kinds have a description of their own; each is loaded when it is asked for. */
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import type { Describer } from './describer.ts'

type Load = () => Promise<Describer>

/** By `Kind` or `Kind.group`. */
const describers: Readonly<Record<string, Load>> = {
  ConfigMap: async () => (await import('./cluster/config-map.ts')).configMap,
  Endpoints: async () => (await import('./services/endpoints.ts')).endpoints,
  LimitRange: async () => (await import('./cluster/limit-range.ts')).limitRange,
  Namespace: async () => (await import('./cluster/namespace.ts')).namespaceDescriber,
  Node: async () => (await import('./cluster/node.ts')).node,
  PersistentVolume: async () => (await import('./storage/persistent-volume.ts')).persistentVolume,
  PersistentVolumeClaim: async () =>
    (await import('./storage/persistent-volume-claim.ts')).persistentVolumeClaim,
  Pod: async () => (await import('./pods/pod.ts')).pod,
  ReplicationController: async () =>
    (await import('./workloads/replication-controller.ts')).replicationController,
  ResourceQuota: async () => (await import('./cluster/resource-quota.ts')).resourceQuota,
  Secret: async () => (await import('./cluster/secret.ts')).secret,
  Service: async () => (await import('./services/service.ts')).service,
  ServiceAccount: async () => (await import('./access/service-account.ts')).serviceAccount,
  'DaemonSet.apps': async () => (await import('./workloads/daemon-set.ts')).daemonSet,
  'Deployment.apps': async () => (await import('./workloads/deployment.ts')).deployment,
  'ReplicaSet.apps': async () => (await import('./workloads/replica-set.ts')).replicaSet,
  'StatefulSet.apps': async () => (await import('./workloads/stateful-set.ts')).statefulSet,
  'HorizontalPodAutoscaler.autoscaling': async () =>
    (await import('./workloads/horizontal-pod-autoscaler.ts')).horizontalPodAutoscaler,
  'CronJob.batch': async () => (await import('./workloads/cron-job.ts')).cronJob,
  'Job.batch': async () => (await import('./workloads/job.ts')).job,
  'CertificateSigningRequest.certificates.k8s.io': async () =>
    (await import('./access/certificate-signing-request.ts')).certificateSigningRequest,
  'EndpointSlice.discovery.k8s.io': async () =>
    (await import('./services/endpoint-slice.ts')).endpointSlice,
  'IPAddress.networking.k8s.io': async () => (await import('./services/addresses.ts')).ipAddress,
  'Ingress.networking.k8s.io': async () => (await import('./services/ingress.ts')).ingress,
  'IngressClass.networking.k8s.io': async () =>
    (await import('./services/ingress-class.ts')).ingressClass,
  'NetworkPolicy.networking.k8s.io': async () =>
    (await import('./services/network-policy.ts')).networkPolicy,
  'ServiceCIDR.networking.k8s.io': async () =>
    (await import('./services/addresses.ts')).serviceCidr,
  'PodDisruptionBudget.policy': async () =>
    (await import('./workloads/pod-disruption-budget.ts')).podDisruptionBudget,
  'ClusterRole.rbac.authorization.k8s.io': async () => (await import('./access/role.ts')).role,
  'ClusterRoleBinding.rbac.authorization.k8s.io': async () =>
    (await import('./access/role-binding.ts')).roleBinding,
  'Role.rbac.authorization.k8s.io': async () => (await import('./access/role.ts')).role,
  'RoleBinding.rbac.authorization.k8s.io': async () =>
    (await import('./access/role-binding.ts')).roleBinding,
  'PriorityClass.scheduling.k8s.io': async () =>
    (await import('./cluster/priority-class.ts')).priorityClass,
  'CSINode.storage.k8s.io': async () => (await import('./storage/csi-node.ts')).csiNode,
  'StorageClass.storage.k8s.io': async () =>
    (await import('./storage/storage-class.ts')).storageClass,
  'VolumeAttributesClass.storage.k8s.io': async () =>
    (await import('./storage/volume-attributes-class.ts')).volumeAttributesClass,
}

export async function describerOf({ kind, group }: Mapping): Promise<Describer> {
  const load = describers[group === '' ? kind : `${kind}.${group}`]
  if (load !== undefined) return await load()
  return (await import('./generic.ts')).generic
}

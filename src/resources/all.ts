/** Every kind that the server serves, in no particular order: discovery sorts. */
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
} from './admission/mutating-policy.ts'
import {
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from './admission/validating-policy.ts'
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from './admission/webhook-configuration.ts'
import { apiServices } from './api-service.ts'
import { certificateSigningRequests } from './certificate-signing-request/certificate-signing-request.ts'
import { configMaps } from './config-map.ts'
import { controllerRevisions } from './controller-revision.ts'
import { cronJobs } from './cron-job.ts'
import { csiDrivers } from './csi-driver.ts'
import { csiNodes } from './csi-node.ts'
import { csiStorageCapacities } from './csi-storage-capacity.ts'
import { customResourceDefinitions } from './custom-resource-definition.ts'
import { daemonSets } from './daemon-set.ts'
import { deployments } from './deployment.ts'
import { endpointSlices } from './endpoint-slice.ts'
import { endpoints } from './endpoints.ts'
import { events, eventsV1 } from './event/event.ts'
import { flowSchemas } from './flow-control/flow-schema.ts'
import { priorityLevelConfigurations } from './flow-control/priority-level-configuration.ts'
import {
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
} from './horizontal-pod-autoscaler/horizontal-pod-autoscaler.ts'
import { ingressClasses } from './ingress-class.ts'
import { ingresses } from './ingress.ts'
import { ipAddresses } from './ip-address.ts'
import { jobs } from './job/job.ts'
import { leases } from './lease.ts'
import { limitRanges } from './limit-range.ts'
import { namespaces } from './namespace.ts'
import { networkPolicies } from './network-policy.ts'
import { nodes } from './node.ts'
import { notStored } from './not-stored.ts'
import { persistentVolumeClaims } from './claim/persistent-volume-claim.ts'
import { persistentVolumes } from './volume/persistent-volume.ts'
import { podDisruptionBudgets } from './pod-disruption-budget.ts'
import { podTemplates } from './pod-template.ts'
import { pods } from './pod/pod.ts'
import { priorityClasses } from './priority-class.ts'
import { replicaSets } from './replica-set.ts'
import { replicationControllers } from './replication-controller.ts'
import { resourceQuotas } from './resource-quota.ts'
import { clusterRoleBindings, roleBindings } from './role-binding.ts'
import { clusterRoles, roles } from './role.ts'
import { runtimeClasses } from './runtime-class.ts'
import { secrets } from './secret.ts'
import { serviceAccounts } from './service-account.ts'
import { serviceCidrs } from './service-cidr.ts'
import { services } from './service/service.ts'
import { statefulSets } from './stateful-set.ts'
import { storageClasses } from './storage-class.ts'
import { volumeAttachments } from './volume-attachment.ts'
import { volumeAttributesClasses } from './volume-attributes-class.ts'
import type { Resource } from './resource.ts'

export const resources: readonly Resource[] = [
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  configMaps,
  secrets,
  endpoints,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumes,
  persistentVolumeClaims,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  serviceAccounts,
  services,
  pods,
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
  jobs,
  cronJobs,
  leases,
  endpointSlices,
  podDisruptionBudgets,
  priorityClasses,
  flowSchemas,
  priorityLevelConfigurations,
  storageClasses,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  volumeAttachments,
  volumeAttributesClasses,
  ingresses,
  ingressClasses,
  networkPolicies,
  ipAddresses,
  serviceCidrs,
  runtimeClasses,
  certificateSigningRequests,
  apiServices,
  customResourceDefinitions,
  roles,
  clusterRoles,
  roleBindings,
  clusterRoleBindings,
  events,
  eventsV1,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  ...notStored,
]

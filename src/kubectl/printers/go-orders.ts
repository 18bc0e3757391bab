/**
 * The order of fields in Go's structs, where it is not that of their numbers in protobuf.
 * Upstream: k8s.io/api core/v1/types.go, apps/v1/types.go, apimachinery pkg/apis/meta/v1/types.go.
 */

export const goOrders: Readonly<Record<string, string>> = {
  'apps/v1.DeploymentCondition': 'type status lastUpdateTime lastTransitionTime reason message',
  'apps/v1.DeploymentStatus': `
    observedGeneration replicas updatedReplicas readyReplicas availableReplicas
    unavailableReplicas terminatingReplicas conditions collisionCount
  `,
  'apps/v1.ReplicaSetSpec': 'replicas minReadySeconds selector template',
  'apps/v1.ReplicaSetStatus': `
    replicas fullyLabeledReplicas readyReplicas availableReplicas
    terminatingReplicas observedGeneration conditions
  `,
  'core/v1.AzureDiskVolumeSource': 'diskName diskURI cachingMode fsType readOnly kind',
  'core/v1.ClusterTrustBundleProjection': 'name signerName labelSelector optional path',
  'core/v1.Container': `
    name image command args workingDir ports envFrom env resources resizePolicy
    restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe
    readinessProbe startupProbe lifecycle terminationMessagePath
    terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty
  `,
  'core/v1.EphemeralContainer': `
    name image command args workingDir ports envFrom env resources resizePolicy
    restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe
    readinessProbe startupProbe lifecycle terminationMessagePath
    terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty
    targetContainerName
  `,
  'core/v1.ISCSIVolumeSource': `
    targetPortal iqn lun iscsiInterface fsType readOnly portals chapAuthDiscovery
    chapAuthSession secretRef initiatorName
  `,
  'core/v1.NodeSpec': 'podCIDR podCIDRs providerID unschedulable taints configSource externalID',
  'core/v1.PersistentVolumeClaimSpec': `
    accessModes selector resources volumeName storageClassName volumeMode dataSource
    dataSourceRef volumeAttributesClassName
  `,
  'core/v1.PodCondition':
    'type observedGeneration status lastProbeTime lastTransitionTime reason message',
  'core/v1.PodSecurityContext': `
    seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot
    supplementalGroups supplementalGroupsPolicy fsGroup sysctls fsGroupChangePolicy
    seccompProfile appArmorProfile seLinuxChangePolicy
  `,
  'core/v1.PodSpec': `
    volumes initContainers containers ephemeralContainers restartPolicy
    terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector
    serviceAccountName serviceAccount automountServiceAccountToken nodeName
    hostNetwork hostPID hostIPC shareProcessNamespace securityContext
    imagePullSecrets hostname subdomain affinity schedulerName tolerations
    hostAliases priorityClassName priority dnsConfig readinessGates runtimeClassName
    enableServiceLinks preemptionPolicy overhead topologySpreadConstraints
    setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources
    hostnameOverride schedulingGroup
  `,
  'core/v1.PodStatus': `
    observedGeneration phase conditions message reason nominatedNodeName hostIP
    hostIPs podIP podIPs startTime initContainerStatuses containerStatuses qosClass
    ephemeralContainerStatuses resize resourceClaimStatuses
    extendedResourceClaimStatus allocatedResources resources
    nodeAllocatableResourceClaimStatuses
  `,
  'core/v1.ReplicationControllerSpec': 'replicas minReadySeconds selector template',
  'core/v1.ReplicationControllerStatus': `
    replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration
    conditions
  `,
  'core/v1.SecurityContext': `
    capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup
    runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount
    seccompProfile appArmorProfile
  `,
  'core/v1.ServicePort': 'name protocol appProtocol port targetPort nodePort',
  'core/v1.ServiceSpec': `
    ports selector clusterIP clusterIPs type externalIPs sessionAffinity
    loadBalancerIP loadBalancerSourceRanges externalName externalTrafficPolicy
    healthCheckNodePort publishNotReadyAddresses sessionAffinityConfig ipFamilies
    ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass
    internalTrafficPolicy trafficDistribution
  `,
  'core/v1.TypedLocalObjectReference': 'apiGroup kind name',
  'core/v1.TypedObjectReference': 'apiGroup kind name namespace',
  'core/v1.VolumeMount':
    'name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr',
  'meta/v1.ManagedFieldsEntry': 'manager operation apiVersion time fieldsType fieldsV1 subresource',
  'meta/v1.OwnerReference': 'apiVersion kind name uid controller blockOwnerDeletion',
}

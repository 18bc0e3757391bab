/**
 * The roles and bindings that every cluster starts with, one rule a line (see parse-rule.ts).
 * Upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go and namespace_policy.go, v1.36,
 * with the features that are on by default there.
 */
import type { PolicyRule, RoleRef, Subject } from '#api/rbac/v1.gen.ts'
import { controllerRules } from './controller-policy.ts'
import { parseRule } from './parse-rule.ts'

export interface BootstrapRole {
  /** '' for ClusterRoles. */
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly rules: readonly PolicyRule[]
  /** The label whose bearers' rules it collects. */
  readonly aggregates?: string
}

export interface BootstrapBinding {
  readonly namespace: string
  readonly name: string
  readonly roleRef: RoleRef
  readonly subjects: readonly Subject[]
}

const events = 'create,patch,update core,events.k8s.io events'
const aggregateTo = (role: string) => `rbac.authorization.k8s.io/aggregate-to-${role}`

const clusterRules: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['* * *', '* *'],
  'system:aggregate-to-admin': [
    'create authorization.k8s.io localsubjectaccessreviews',
    'read,write rbac.authorization.k8s.io rolebindings,roles',
  ],
  'system:aggregate-to-edit': [
    'read core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy',
    'impersonate core serviceaccounts',
    'write core pods,pods/attach,pods/exec,pods/portforward,pods/proxy',
    'create core pods/eviction',
    'write core configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy',
    'create core serviceaccounts/token',
    'write apps daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale',
    'write autoscaling horizontalpodautoscalers',
    'write batch cronjobs,jobs',
    'write extensions daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale',
    'write policy poddisruptionbudgets',
    'write networking.k8s.io ingresses,networkpolicies',
    'read,write coordination.k8s.io leases',
    'write resource.k8s.io resourceclaims,resourceclaimtemplates',
  ],
  'system:aggregate-to-view': [
    'read core configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status',
    'read core bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status',
    'read core namespaces',
    'read discovery.k8s.io endpointslices',
    'read apps controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status',
    'read autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status',
    'read batch cronjobs,cronjobs/status,jobs,jobs/status',
    'read extensions daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale',
    'read policy poddisruptionbudgets,poddisruptionbudgets/status',
    'read networking.k8s.io ingresses,ingresses/status,networkpolicies',
    'read resource.k8s.io resourceclaims,resourceclaims/status,resourceclaimtemplates',
  ],
  'system:auth-delegator': [
    'create authentication.k8s.io tokenreviews',
    'create authorization.k8s.io subjectaccessreviews',
  ],
  'system:basic-user': [
    'create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews',
    'create authentication.k8s.io selfsubjectreviews',
  ],
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': [
    'create certificates.k8s.io certificatesigningrequests/nodeclient',
  ],
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [
    'create certificates.k8s.io certificatesigningrequests/selfnodeclient',
  ],
  'system:certificates.k8s.io:kube-apiserver-client-approver': [
    'approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client',
  ],
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': [
    'approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client-kubelet',
  ],
  'system:certificates.k8s.io:kubelet-serving-approver': [
    'approve certificates.k8s.io signers kubernetes.io/kubelet-serving',
  ],
  'system:certificates.k8s.io:legacy-unknown-approver': [
    'approve certificates.k8s.io signers kubernetes.io/legacy-unknown',
  ],
  'system:discovery': [
    'get /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/',
  ],
  'system:heapster': ['read core events,namespaces,nodes,pods', 'read extensions deployments'],
  'system:kube-aggregator': ['read core endpoints,services'],
  'system:kube-controller-manager': [
    events,
    'create coordination.k8s.io leases',
    'get,update coordination.k8s.io leases kube-controller-manager',
    'create core secrets,serviceaccounts',
    'delete core secrets',
    'get core configmaps,namespaces,secrets,serviceaccounts',
    'update core secrets,serviceaccounts',
    'create authentication.k8s.io tokenreviews',
    'create authorization.k8s.io subjectaccessreviews',
    'list,watch * *',
    'create core serviceaccounts/token',
  ],
  'system:kube-dns': ['list,watch core endpoints,services'],
  'system:kube-scheduler': [
    events,
    'create,list,watch coordination.k8s.io leases',
    'get,update coordination.k8s.io leases kube-scheduler',
    'read core nodes',
    'delete,read core pods',
    'create core bindings,pods/binding',
    'patch,update core pods/status',
    'read core replicationcontrollers,services',
    'read apps,extensions replicasets',
    'read apps statefulsets',
    'read policy poddisruptionbudgets',
    'read core persistentvolumeclaims,persistentvolumes',
    'create authentication.k8s.io tokenreviews',
    'create authorization.k8s.io subjectaccessreviews',
    'read storage.k8s.io csinodes',
    'read storage.k8s.io volumeattachments',
    'read core namespaces',
    'read storage.k8s.io csidrivers',
    'read storage.k8s.io csistoragecapacities',
    'read resource.k8s.io deviceclasses',
    'read,patch,update resource.k8s.io resourceclaims',
    'read,patch,update resource.k8s.io resourceclaims/status',
    'patch,update resource.k8s.io resourceclaims/binding',
    'read,patch,update core pods/finalizers',
    'read resource.k8s.io resourceslices',
  ],
  'system:kubelet-api-admin': [
    'read core nodes',
    'proxy core nodes',
    '* core nodes/checkpoint,nodes/configz,nodes/healthz,nodes/log,nodes/metrics,nodes/pods,nodes/proxy,nodes/stats',
  ],
  'system:monitoring': [
    'get /healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*',
    'get /flagz',
    'get /statusz',
  ],
  'system:node': [
    'create authentication.k8s.io tokenreviews',
    'create authorization.k8s.io localsubjectaccessreviews,subjectaccessreviews',
    'read core services',
    'create,read core nodes',
    'patch,update core nodes/status',
    'patch,update core nodes',
    'create,patch,update core events',
    'read core pods',
    'create,delete core pods',
    'patch,update core pods/status',
    'create core pods/eviction',
    'read core configmaps,secrets',
    'get core persistentvolumeclaims,persistentvolumes',
    'get core endpoints',
    'create,read certificates.k8s.io certificatesigningrequests',
    'create,delete,get,patch,update coordination.k8s.io leases',
    'get storage.k8s.io volumeattachments',
    'create core serviceaccounts/token',
    'get,patch,update core persistentvolumeclaims/status',
    'read storage.k8s.io csidrivers',
    'create,delete,get,patch,update storage.k8s.io csinodes',
    'read node.k8s.io runtimeclasses',
    'get resource.k8s.io resourceclaims',
    'deletecollection resource.k8s.io resourceslices',
    'get core serviceaccounts',
  ],
  'system:node-bootstrapper': ['create,read certificates.k8s.io certificatesigningrequests'],
  'system:node-problem-detector': ['get core nodes', 'patch core nodes/status', events],
  'system:node-proxier': [
    'list,watch core endpoints,services',
    'read core nodes',
    events,
    'list,watch networking.k8s.io servicecidrs',
    'list,watch discovery.k8s.io endpointslices',
  ],
  'system:persistent-volume-provisioner': [
    'create,delete,read core persistentvolumes',
    'read,update core persistentvolumeclaims',
    'read storage.k8s.io storageclasses',
    'watch core events',
    events,
  ],
  'system:public-info-viewer': ['get /healthz,/livez,/readyz,/version,/version/'],
  'system:service-account-issuer-discovery': [
    'get /.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/',
  ],
  'system:volume-scheduler': [
    'patch,read,update core persistentvolumes',
    'read storage.k8s.io storageclasses',
    'patch,read,update core persistentvolumeclaims',
  ],
}

/** Roles that collect the rules of others, and into what they are collected themselves. */
const aggregating: Readonly<Record<string, string | undefined>> = {
  admin: undefined,
  edit: 'admin',
  view: 'edit',
}

const namespacedRules: Readonly<Record<string, readonly string[]>> = {
  'kube-public/system:controller:bootstrap-signer': [
    'read core configmaps',
    'update core configmaps cluster-info',
    events,
  ],
  'kube-system/extension-apiserver-authentication-reader': [
    'read core configmaps extension-apiserver-authentication',
  ],
  'kube-system/system::leader-locking-kube-controller-manager': [
    'watch core configmaps',
    'get,update core configmaps kube-controller-manager',
  ],
  'kube-system/system::leader-locking-kube-scheduler': [
    'watch core configmaps',
    'get,update core configmaps kube-scheduler',
  ],
  'kube-system/system:controller:bootstrap-signer': ['read core secrets'],
  'kube-system/system:controller:cloud-provider': ['create,read core configmaps'],
  'kube-system/system:controller:token-cleaner': ['delete,read core secrets', events],
}

/** Subjects as `User:name`, `Group:name` or `ServiceAccount:namespace/name`. */
const clusterBindings: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['Group:system:masters'],
  'system:basic-user': ['Group:system:authenticated'],
  'system:discovery': ['Group:system:authenticated'],
  'system:kube-controller-manager': ['User:system:kube-controller-manager'],
  'system:kube-dns': ['ServiceAccount:kube-system/kube-dns'],
  'system:kube-scheduler': ['User:system:kube-scheduler'],
  'system:monitoring': ['Group:system:monitoring'],
  'system:node': [],
  'system:node-proxier': ['User:system:kube-proxy'],
  'system:public-info-viewer': ['Group:system:authenticated', 'Group:system:unauthenticated'],
  'system:service-account-issuer-discovery': ['Group:system:serviceaccounts'],
  'system:volume-scheduler': ['User:system:kube-scheduler'],
}

/** By `namespace/name`: the role in the same namespace, then its subjects. */
const namespacedBindings: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'kube-public/system:controller:bootstrap-signer': [
    'system:controller:bootstrap-signer',
    'ServiceAccount:kube-system/bootstrap-signer',
  ],
  'kube-system/system::extension-apiserver-authentication-reader': [
    'extension-apiserver-authentication-reader',
    'User:system:kube-controller-manager',
    'User:system:kube-scheduler',
  ],
  'kube-system/system::leader-locking-kube-controller-manager': [
    'system::leader-locking-kube-controller-manager',
    'User:system:kube-controller-manager',
    'ServiceAccount:kube-system/kube-controller-manager',
  ],
  'kube-system/system::leader-locking-kube-scheduler': [
    'system::leader-locking-kube-scheduler',
    'User:system:kube-scheduler',
    'ServiceAccount:kube-system/kube-scheduler',
  ],
  'kube-system/system:controller:bootstrap-signer': [
    'system:controller:bootstrap-signer',
    'ServiceAccount:kube-system/bootstrap-signer',
  ],
  'kube-system/system:controller:cloud-provider': [
    'system:controller:cloud-provider',
    'ServiceAccount:kube-system/cloud-provider',
  ],
  'kube-system/system:controller:token-cleaner': [
    'system:controller:token-cleaner',
    'ServiceAccount:kube-system/token-cleaner',
  ],
}

/** What the Node authorizer allows where it does not look at relations. */
export function nodeRules(): readonly PolicyRule[] {
  return (clusterRules['system:node'] ?? []).map(parseRule)
}

/** ClusterRoles first, those that aggregate last of them. */
export function bootstrapRoles(): readonly BootstrapRole[] {
  const plain = Object.entries({ ...clusterRules, ...controllerRules }).map(([name, lines]) => ({
    namespace: '',
    name,
    labels: collectedInto(name),
    rules: lines.map(parseRule),
  }))
  const collecting = Object.entries(aggregating).map(([name, into]) => ({
    namespace: '',
    name,
    labels: into === undefined ? {} : { [aggregateTo(into)]: 'true' },
    rules: [],
    aggregates: aggregateTo(name),
  }))
  const namespaced = Object.entries(namespacedRules).map(([key, lines]) => ({
    ...splitKey(key),
    labels: {},
    rules: lines.map(parseRule),
  }))
  return [...plain, ...collecting, ...namespaced]
}

export function bootstrapBindings(): readonly BootstrapBinding[] {
  const prefix = 'system:controller:'
  const controllers = Object.keys(controllerRules).map(
    (name) => [name, [`ServiceAccount:kube-system/${name.slice(prefix.length)}`]] as const,
  )
  const cluster = [...Object.entries(clusterBindings), ...controllers].map(([name, subjects]) => ({
    namespace: '',
    name,
    roleRef: roleRef('ClusterRole', name),
    subjects: subjects.map(parseSubject),
  }))
  const namespaced = Object.entries(namespacedBindings).map(([key, [role, ...subjects]]) => ({
    ...splitKey(key),
    roleRef: roleRef('Role', role),
    subjects: subjects.map(parseSubject),
  }))
  return [...cluster, ...namespaced]
}

function collectedInto(name: string): Readonly<Record<string, string>> {
  const role = /^system:aggregate-to-(.*)$/.exec(name)?.[1]
  return role === undefined ? {} : { [aggregateTo(role)]: 'true' }
}

function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

const apiGroup = 'rbac.authorization.k8s.io'

function roleRef(kind: string, name: string): RoleRef {
  return { apiGroup, kind, name }
}

function parseSubject(text: string): Subject {
  const colon = text.indexOf(':')
  const kind = text.slice(0, colon)
  const rest = text.slice(colon + 1)
  return kind === 'ServiceAccount' ? { kind, ...splitKey(rest) } : { kind, apiGroup, name: rest }
}

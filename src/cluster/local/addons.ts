/** What a cluster has beside its components: the rights of the cluster DNS, which runs on the node. */
import type { Client } from '#client/client.ts'
import { isStatus } from '#api/meta/status.ts'
import { clusterrolebindings, clusterroles, rolebindings, roles } from '#api/resources.gen.ts'
import type { Draft, ResourceType } from '#api/resource-type.ts'
import type { PolicyRule, Subject } from '#api/rbac/v1.gen.ts'

/** The user in the DNS server's certificate. */
const dnsUser: Subject = { kind: 'User', name: 'system:dns', apiGroup: 'rbac.authorization.k8s.io' }
const name = 'k8ts:dns'

/** What it answers from. Upstream: the ClusterRole system:coredns of kubeadm's addon. */
const reads: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: ['services', 'pods', 'namespaces', 'endpoints'],
    verbs: ['list', 'watch'],
  },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
]

/** What it publishes: its Service, and where it listens. */
const writes: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['services'], verbs: ['get', 'create', 'update', 'patch'] },
  {
    apiGroups: ['discovery.k8s.io'],
    resources: ['endpointslices'],
    verbs: ['get', 'create', 'update', 'patch', 'delete'],
  },
]

/** Creates what is missing; leaves what is there as somebody made it. */
export async function applyAddons(client: Client): Promise<void> {
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name })
  await Promise.all([
    create(client, { type: clusterroles, object: { metadata: { name }, rules: [...reads] } }),
    create(client, {
      type: clusterrolebindings,
      object: { metadata: { name }, roleRef: roleRef('ClusterRole'), subjects: [dnsUser] },
    }),
    create(client, {
      type: roles,
      namespace: 'kube-system',
      object: { metadata: { name }, rules: [...writes] },
    }),
    create(client, {
      type: rolebindings,
      namespace: 'kube-system',
      object: { metadata: { name }, roleRef: roleRef('Role'), subjects: [dnsUser] },
    }),
  ])
}

interface Wanted<T> {
  readonly type: ResourceType<T>
  readonly namespace?: string
  readonly object: Draft<T>
}

async function create<T>(client: Client, { type, namespace, object }: Wanted<T>): Promise<void> {
  const target = namespace === undefined ? client.for(type) : client.in(type, namespace)
  try {
    await target.create(object)
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error
  }
}

/**
 * The flow schemas and priority levels that every server begins with.
 * Upstream: staging/src/k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go, v1.36.
 */
import type {
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
  ResourcePolicyRule,
  Subject,
} from '#api/flowcontrol/v1.gen.ts'

/** Those whose spec nobody may change. */
export const mandatoryNames: readonly string[] = ['exempt', 'catch-all']

export const bootstrapLevels: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 5,
      lendablePercent: 0,
      limitResponse: { type: 'Reject' },
    },
  },
  system: limited(30, 33, { queues: 64, handSize: 6 }),
  'node-high': limited(40, 25, { queues: 64, handSize: 6 }),
  'leader-election': limited(10, 0, { queues: 16, handSize: 4 }),
  'workload-high': limited(40, 50, { queues: 128, handSize: 6 }),
  'workload-low': limited(100, 90, { queues: 128, handSize: 6 }),
  'global-default': limited(20, 50, { queues: 128, handSize: 6 }),
}

function limited(
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queuing: QueuingConfiguration,
): PriorityLevelConfigurationSpec {
  const limitResponse = { type: 'Queue', queuing: { ...queuing, queueLengthLimit: 50 } }
  return { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } }
}

const everything: Omit<PolicyRulesWithSubjects, 'subjects'> = {
  resourceRules: [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
  ],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
}

const everybody = groups('system:unauthenticated', 'system:authenticated')
const manager = 'system:kube-controller-manager'
const scheduler = 'system:kube-scheduler'
const changing = ['get', 'create', 'update']
const leases: ResourcePolicyRule = {
  verbs: changing,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: ['*'],
}

export const bootstrapSchemas: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 1,
    rules: [{ subjects: groups('system:masters'), ...everything }],
  },
  probes: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 2,
    rules: [
      {
        subjects: everybody,
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
      },
    ],
  },
  'system-leader-election': schema(
    { level: 'leader-election', precedence: 100, by: 'ByUser' },
    {
      subjects: [...users(manager, scheduler), ...kubeSystem('*')],
      resourceRules: [leases],
    },
  ),
  'endpoint-controller': schema(
    { level: 'workload-high', precedence: 150, by: 'ByUser' },
    {
      subjects: [
        ...users(manager),
        ...kubeSystem('endpoint-controller', 'endpointslicemirroring-controller'),
      ],
      resourceRules: [
        { verbs: changing, apiGroups: [''], resources: ['endpoints'], namespaces: ['*'] },
      ],
    },
  ),
  'workload-leader-election': schema(
    { level: 'leader-election', precedence: 200, by: 'ByUser' },
    {
      subjects: kubeSystem('*'),
      resourceRules: [
        {
          verbs: changing,
          apiGroups: [''],
          resources: ['endpoints', 'configmaps'],
          namespaces: ['*'],
        },
        leases,
      ],
    },
  ),
  'system-node-high': schema(
    { level: 'node-high', precedence: 400, by: 'ByUser' },
    {
      subjects: groups('system:nodes'),
      resourceRules: [
        {
          verbs: ['*'],
          apiGroups: [''],
          resources: ['nodes', 'nodes/status'],
          clusterScope: true,
          namespaces: ['*'],
        },
        { ...leases, verbs: ['*'] },
      ],
    },
  ),
  'system-nodes': all({ level: 'system', precedence: 500, by: 'ByUser' }, groups('system:nodes')),
  'kube-controller-manager': all(
    { level: 'workload-high', precedence: 800, by: 'ByNamespace' },
    users(manager),
  ),
  'kube-scheduler': all(
    { level: 'workload-high', precedence: 800, by: 'ByNamespace' },
    users(scheduler),
  ),
  'kube-system-service-accounts': all(
    { level: 'workload-high', precedence: 900, by: 'ByNamespace' },
    kubeSystem('*'),
  ),
  'service-accounts': all(
    { level: 'workload-low', precedence: 9000, by: 'ByUser' },
    groups('system:serviceaccounts'),
  ),
  'global-default': all({ level: 'global-default', precedence: 9900, by: 'ByUser' }, everybody),
  'catch-all': all({ level: 'catch-all', precedence: 10_000, by: 'ByUser' }, everybody),
}

/** One rule, for requests to one priority level, told apart by user or by namespace. */
function schema(to: Target, rule: PolicyRulesWithSubjects): FlowSchemaSpec {
  return {
    priorityLevelConfiguration: { name: to.level },
    matchingPrecedence: to.precedence,
    distinguisherMethod: { type: to.by },
    rules: [rule],
  }
}

function all(to: Target, subjects: Subject[]): FlowSchemaSpec {
  return schema(to, { subjects, ...everything })
}

interface Target {
  readonly level: string
  readonly precedence: number
  readonly by: 'ByUser' | 'ByNamespace'
}

function groups(...names: readonly string[]): Subject[] {
  return names.map((name) => ({ kind: 'Group', group: { name } }))
}

function users(...names: readonly string[]): Subject[] {
  return names.map((name) => ({ kind: 'User', user: { name } }))
}

function kubeSystem(...names: readonly string[]): Subject[] {
  return names.map((name) => ({
    kind: 'ServiceAccount',
    serviceAccount: { namespace: 'kube-system', name },
  }))
}

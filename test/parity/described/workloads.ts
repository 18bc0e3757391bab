/** Workloads half way through what they do. */
import type { Placed } from './place.ts'

const since = '2026-01-01T00:00:00Z'
const later = '2026-01-01T01:02:03Z'

const richTemplate = {
  metadata: { labels: { app: 'front' }, annotations: { a: 'b', note: 'two\nlines' } },
  spec: {
    serviceAccountName: 'builder',
    priorityClassName: 'high',
    initContainers: [{ name: 'prepare', image: 'busybox' }],
    containers: [
      {
        name: 'web',
        image: 'nginx:1',
        ports: [{ containerPort: 80 }, { containerPort: 443 }],
        env: [
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'A', value: 'b' },
        ],
        volumeMounts: [{ name: 'scratch', mountPath: '/s' }],
      },
    ],
    volumes: [{ name: 'scratch', emptyDir: {} }],
    nodeSelector: { disk: 'ssd', zone: 'a' },
    tolerations: [
      { key: 'x', operator: 'Exists' },
      { key: 'y', value: 'z', effect: 'NoExecute' },
    ],
    topologySpreadConstraints: [
      { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
      { topologyKey: 'host', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  },
}

const oldTemplate = {
  metadata: { labels: { app: 'front' } },
  spec: { containers: [{ name: 'web', image: 'nginx:0' }] },
}

function withHash(template: typeof oldTemplate | typeof richTemplate, hash: string) {
  const labels = { ...template.metadata.labels, 'pod-template-hash': hash }
  return { ...template, metadata: { ...template.metadata, labels } }
}

function named(name: string, more: object = {}) {
  return { name, namespace: 'lab', ...more }
}

const conditions = [
  { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', lastUpdateTime: since },
  { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
]

const selector = { matchLabels: { app: 'front' } }
const front = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'front', controller: true }

const metrics = [
  {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
  },
  {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } },
  },
  {
    type: 'ContainerResource',
    containerResource: {
      name: 'cpu',
      container: 'web',
      target: { type: 'Utilization', averageUtilization: 50 },
    },
  },
  {
    type: 'ContainerResource',
    containerResource: {
      name: 'memory',
      container: 'web',
      target: { type: 'AverageValue', averageValue: '1Gi' },
    },
  },
  {
    type: 'Pods',
    pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '1k' } },
  },
  {
    type: 'Object',
    object: {
      metric: { name: 'hits' },
      describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
      target: { type: 'Value', value: '10' },
    },
  },
  {
    type: 'Object',
    object: {
      metric: { name: 'hits' },
      describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
      target: { type: 'AverageValue', averageValue: '5' },
    },
  },
  {
    type: 'External',
    external: { metric: { name: 'queue' }, target: { type: 'Value', value: '30' } },
  },
  {
    type: 'External',
    external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '3' } },
  },
]

const currentMetrics = [
  {
    type: 'Resource',
    resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '120m' } },
  },
  { type: 'Resource', resource: { name: 'memory', current: { averageValue: '2048Ki' } } },
  {
    type: 'ContainerResource',
    containerResource: {
      name: 'cpu',
      container: 'web',
      current: { averageUtilization: 5, averageValue: '50m' },
    },
  },
  {
    type: 'ContainerResource',
    containerResource: { name: 'memory', container: 'web', current: { averageValue: '1Mi' } },
  },
  { type: 'Pods', pods: { metric: { name: 'rps' }, current: { averageValue: '20' } } },
  {
    type: 'Object',
    object: {
      metric: { name: 'hits' },
      describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
      current: { value: '7' },
    },
  },
]

export const workloadObjects: readonly Placed[] = [
  {
    collection: '/apis/apps/v1/deployments',
    metadata: named('front', {
      labels: { app: 'front' },
      annotations: { 'deployment.kubernetes.io/revision': '3' },
    }),
    fields: {
      spec: {
        replicas: 3,
        minReadySeconds: 5,
        selector,
        template: richTemplate,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: '10%' } },
      },
    },
    status: {
      replicas: 4,
      updatedReplicas: 2,
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 1,
      conditions,
    },
  },
  {
    collection: '/apis/apps/v1/deployments',
    metadata: named('recreated'),
    fields: {
      spec: {
        strategy: { type: 'Recreate' },
        selector: {
          matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }],
          matchLabels: { app: 'a' },
        },
        template: { ...oldTemplate, metadata: { labels: { app: 'a' } } },
      },
    },
  },
  ...[
    { name: 'front-1', template: withHash(oldTemplate, '1'), replicas: 2 },
    { name: 'front-2', template: withHash(richTemplate, '2'), replicas: 2 },
    {
      name: 'front-0',
      template: withHash({ ...oldTemplate, metadata: { labels: { app: 'front' } } }, '0'),
      replicas: 0,
    },
  ].map(({ name, template, replicas }): Placed => ({
    collection: '/apis/apps/v1/replicasets',
    metadata: named(name, { labels: { app: 'front' } }),
    fields: { spec: { replicas, selector: { matchLabels: template.metadata.labels }, template } },
    owner: front,
    status: {
      replicas,
      conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }],
    },
  })),
  {
    collection: '/api/v1/replicationcontrollers',
    metadata: named('classic'),
    fields: {
      spec: {
        replicas: 2,
        selector: { app: 'classic', tier: 'x' },
        template: { ...oldTemplate, metadata: { labels: { app: 'classic', tier: 'x' } } },
      },
    },
    status: {
      replicas: 1,
      conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }],
    },
  },
  {
    collection: '/apis/apps/v1/daemonsets',
    metadata: named('agents'),
    fields: { spec: { selector, template: richTemplate } },
    status: {
      desiredNumberScheduled: 5,
      currentNumberScheduled: 4,
      numberMisscheduled: 1,
      numberReady: 2,
      updatedNumberScheduled: 3,
      numberAvailable: 2,
    },
  },
  {
    collection: '/apis/apps/v1/statefulsets',
    metadata: named('stateful'),
    fields: {
      spec: {
        replicas: 2,
        serviceName: 'stateful',
        selector,
        template: richTemplate,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
        volumeClaimTemplates: [
          {
            metadata: {
              name: 'data',
              labels: { a: 'b', c: 'd' },
              annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' },
            },
            spec: {
              accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
              resources: { requests: { storage: '10Gi' } },
            },
          },
          {
            metadata: { name: 'logs' },
            spec: {
              accessModes: ['ReadWriteMany'],
              storageClassName: 'fast',
              resources: { requests: { storage: '1024Mi' } },
            },
          },
        ],
      },
    },
    status: { replicas: 1 },
  },
  {
    collection: '/apis/batch/v1/jobs',
    metadata: named('indexed'),
    fields: {
      spec: {
        completions: 90,
        parallelism: 3,
        completionMode: 'Indexed',
        backoffLimit: 4,
        activeDeadlineSeconds: 600,
        ttlSecondsAfterFinished: 60,
        suspend: false,
        template: { spec: { ...oldTemplate.spec, restartPolicy: 'Never' } },
      },
    },
    status: {
      active: 2,
      ready: 1,
      succeeded: 40,
      failed: 1,
      startTime: since,
      completedIndexes: '1,3-5,7,9-11,13,15-17,19,21-23,25,27-29,31,33-35,37,39-41,43',
    },
  },
  {
    collection: '/apis/batch/v1/jobs',
    metadata: named('finished'),
    fields: { spec: { template: { spec: { ...oldTemplate.spec, restartPolicy: 'Never' } } } },
    status: {
      succeeded: 1,
      startTime: since,
      completionTime: later,
      conditions: [
        { type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached' },
        { type: 'Complete', status: 'True', reason: 'CompletionsReached' },
      ],
    },
  },
  {
    collection: '/apis/batch/v1/cronjobs',
    metadata: named('clock'),
    fields: {
      spec: {
        schedule: '*/5 * * * *',
        concurrencyPolicy: 'Forbid',
        suspend: true,
        startingDeadlineSeconds: 30,
        successfulJobsHistoryLimit: 0,
        jobTemplate: {
          spec: {
            parallelism: 2,
            completions: 4,
            activeDeadlineSeconds: 9,
            template: { spec: { ...richTemplate.spec, restartPolicy: 'OnFailure' } },
          },
        },
      },
    },
    status: {
      lastScheduleTime: since,
      active: [
        { kind: 'Job', namespace: 'lab', name: 'clock-1' },
        { kind: 'Job', namespace: 'lab', name: 'clock-2' },
      ],
    },
  },
  {
    collection: '/apis/autoscaling/v2/horizontalpodautoscalers',
    metadata: named('scaled'),
    fields: {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'front' },
        minReplicas: 2,
        maxReplicas: 9,
        metrics,
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Min',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 60 },
              { type: 'Percent', value: 100, periodSeconds: 15 },
            ],
          },
          scaleDown: { stabilizationWindowSeconds: 300 },
        },
      },
    },
    status: {
      currentReplicas: 3,
      desiredReplicas: 4,
      currentMetrics,
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          reason: 'ReadyForNewScale',
          message: 'recommended size matches',
          lastTransitionTime: since,
        },
        {
          type: 'ScalingLimited',
          status: 'False',
          reason: 'DesiredWithinRange',
          message: 'ok',
          lastTransitionTime: since,
        },
      ],
    },
  },
  {
    collection: '/apis/autoscaling/v2/horizontalpodautoscalers',
    metadata: named('unmeasured'),
    fields: {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'stateful' },
        maxReplicas: 3,
        metrics,
      },
    },
  },
  {
    collection: '/apis/policy/v1/poddisruptionbudgets',
    metadata: named('budget'),
    fields: {
      spec: {
        maxUnavailable: '25%',
        selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] },
      },
    },
    status: { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 3 },
  },
  {
    collection: '/apis/policy/v1/poddisruptionbudgets',
    metadata: named('everything'),
    fields: { spec: { minAvailable: 2, selector: {} } },
  },
]

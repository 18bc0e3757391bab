/** Workloads with a past: replica sets and controller revisions as their controllers would have left them. */
import type { Placed } from './place.ts'

/** With all defaults, keys sorted: a revision is compared with its workload byte for byte. */
function template(app: string, image: string) {
  return {
    metadata: { labels: { app } },
    spec: {
      containers: [
        {
          image,
          imagePullPolicy: 'IfNotPresent',
          name: 'web',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    },
  }
}

const current = 3
const image = (revision: number): string => `nginx:1.${revision}`

const site: Placed = {
  collection: '/apis/apps/v1/deployments',
  metadata: {
    name: 'site',
    namespace: 'shop',
    labels: { app: 'site' },
    annotations: { 'deployment.kubernetes.io/revision': '3', kept: 'yes' },
  },
  fields: {
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'site' } },
      template: template('site', image(current)),
    },
  },
}

const causes = ['', 'kubectl set image deploy/site web=nginx:1.2', '']

function replicaSet(revision: number): Placed {
  const hash = { 'pod-template-hash': `h${revision}` }
  const labels = { app: 'site', ...hash }
  const pods = template('site', image(revision))
  const cause = causes[revision - 1] ?? ''
  return {
    collection: '/apis/apps/v1/replicasets',
    metadata: {
      name: `site-h${revision}`,
      namespace: 'shop',
      labels,
      annotations: {
        'deployment.kubernetes.io/revision': String(revision),
        'deployment.kubernetes.io/desired-replicas': '1',
        ...(cause !== '' && { 'kubernetes.io/change-cause': cause }),
      },
    },
    fields: {
      spec: {
        replicas: revision === current ? 1 : 0,
        selector: { matchLabels: labels },
        template: { ...pods, metadata: { labels } },
      },
    },
    owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'site', controller: true },
  }
}

function withRevisions(kind: 'DaemonSet' | 'StatefulSet', name: string): readonly Placed[] {
  const workload: Placed = {
    collection: `/apis/apps/v1/${kind.toLowerCase()}s`,
    metadata: { name, namespace: 'shop' },
    fields: {
      spec: {
        selector: { matchLabels: { app: name } },
        ...(kind === 'StatefulSet' && { serviceName: name, replicas: 0 }),
        template: template(name, image(current)),
      },
    },
  }
  const revisions = [1, 2, current].map((revision): Placed => ({
    collection: '/apis/apps/v1/controllerrevisions',
    metadata: {
      name: `${name}-${revision}`,
      namespace: 'shop',
      labels: { app: name },
      ...(revision === 2 && { annotations: { 'kubernetes.io/change-cause': 'a fix' } }),
    },
    fields: {
      revision,
      data: { spec: { template: { $patch: 'replace', ...template(name, image(revision)) } } },
    },
    owner: { apiVersion: 'apps/v1', kind, name, controller: true },
  }))
  return [workload, ...revisions]
}

export const historyObjects: readonly Placed[] = [
  site,
  ...[1, 2, current].map(replicaSet),
  ...withRevisions('DaemonSet', 'keeper'),
  ...withRevisions('StatefulSet', 'store'),
]

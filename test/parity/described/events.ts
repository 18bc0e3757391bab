/** Events of both APIs, single and repeated. */
import type { Placed } from './place.ts'

const on = { apiVersion: 'v1', kind: 'Pod', namespace: 'lab', name: 'pending' }

function event(name: string, fields: object): Placed {
  return {
    collection: '/api/v1/events',
    metadata: { namespace: 'lab', name },
    fields: { involvedObject: on, ...fields },
  }
}

const times = { firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T02:00:00Z' }

export const eventObjects: readonly Placed[] = [
  event('pending.1', {
    type: 'Warning',
    reason: 'FailedScheduling',
    message: '0/2 nodes are available\n',
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-1',
    action: 'Scheduling',
    series: { count: 12, lastObservedTime: '2026-01-01T03:00:00.000000Z' },
  }),
  event('pending.2', {
    type: 'Normal',
    reason: 'Pulled',
    message: 'Container image already present\twith a tab',
    source: { component: 'kubelet', host: 'big' },
    involvedObject: { ...on, fieldPath: 'spec.containers{main}' },
    count: 3,
    ...times,
  }),
  event('pending.3', {
    type: 'Normal',
    reason: 'Once',
    message: '  several\nlines\r\nof \u001b[1mtext  ',
    source: { component: 'a' },
    count: 1,
    firstTimestamp: '2026-01-01T05:00:00Z',
    lastTimestamp: '2026-01-01T05:00:00Z',
  }),
  event('front.1', {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: 'Scaled up',
    involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'lab', name: 'front' },
    source: { component: 'deployment-controller' },
    ...times,
  }),
  {
    collection: '/api/v1/events',
    metadata: { namespace: 'default', name: 'big.1' },
    fields: {
      involvedObject: { kind: 'Node', name: 'big', uid: 'big' },
      type: 'Normal',
      reason: 'Starting',
      message: 'Starting kubelet.',
      source: { component: 'kubelet', host: 'big' },
      ...times,
    },
  },
]

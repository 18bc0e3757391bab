import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError } from '#kubectl/errors.ts'
import { revisionToReturnTo, rollbackPatch } from './rollback.ts'
import type { Past, Revision } from './revisions.ts'

const template = (image: string, labels: object = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ name: 'c', image }] },
})

function replicaSet(number: number, image: string): Revision {
  const object = {
    kind: 'ReplicaSet',
    metadata: { annotations: { 'deployment.kubernetes.io/revision': String(number), why: 'x' } },
    spec: { template: template(image, { 'pod-template-hash': `h${number}` }) },
  }
  return { number, changeCause: '', template: object.spec.template, object, record: object }
}

const deployment = {
  kind: 'Deployment',
  metadata: { name: 'web', annotations: { 'deployment.kubernetes.io/revision': '2', gone: 'y' } },
  spec: { template: template('v2') },
}
const past: Past = { workload: deployment, revisions: [replicaSet(1, 'v1'), replicaSet(2, 'v2')] }

test('without a number it is the revision before the last', () => {
  assert.equal(revisionToReturnTo(past, 0).number, 1)
  assert.equal(revisionToReturnTo(past, 2).number, 2)
  assert.throws(() => revisionToReturnTo(past, 3), CommandError)
  assert.throws(() => revisionToReturnTo({ ...past, revisions: [] }, 0), CommandError)
})

test('a deployment gets the template without its hash, and the annotations that are not its own', () => {
  const change = rollbackPatch(deployment, replicaSet(1, 'v1'))
  assert.equal(change?.type, 'json')
  assert.deepEqual(JSON.parse(change?.patch ?? ''), [
    { op: 'replace', path: '/spec/template', value: template('v1') },
    {
      op: 'replace',
      path: '/metadata/annotations',
      value: { 'deployment.kubernetes.io/revision': '2', why: 'x' },
    },
  ])
})

test('nothing is to be done when it is as it was, nothing may be done while it is paused', () => {
  assert.equal(rollbackPatch(deployment, replicaSet(2, 'v2')), undefined)
  const paused = { ...deployment, spec: { ...deployment.spec, paused: true } }
  assert.throws(() => rollbackPatch(paused, replicaSet(1, 'v1')), CommandError)
})

test('a daemon set is patched with what its revision holds', () => {
  const data = { spec: { template: { $patch: 'replace', ...template('v1') } } }
  const record = { revision: 1, data }
  const revision = { ...replicaSet(1, 'v1'), record }
  const now = { kind: 'DaemonSet', spec: { template: template('v2') } }
  assert.deepEqual(JSON.parse(rollbackPatch(now, revision)?.patch ?? ''), data)
  const then = { kind: 'DaemonSet', spec: { template: template('v1') } }
  assert.equal(rollbackPatch(then, revision), undefined)
})

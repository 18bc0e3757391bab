import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NamedRuleWithOperations } from '#api/admissionregistration/v1.gen.ts'
import { must } from '#base/assert.ts'
import { resources } from '#resources/all.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { FakeObjects } from '#testing/objects.ts'
import { oldWidgets, widget, widgets } from '#testing/registry.ts'
import { isExempt, matchedRow } from './rules.ts'
import { converted, equivalentRows } from './versions.ts'

const objects = new FakeObjects()

function row(path: string) {
  const [group = '', version = '', plural = ''] = path.split('/')
  const found = resources.find(
    (one) =>
      one.group === (group === 'core' ? '' : group) &&
      one.version === version &&
      one.plural === plural,
  )
  return must(found, path)
}

function request(path: string, operation: string, rest: Partial<AdmissionRequest> = {}) {
  const resource = row(path)
  return { operation, resource, subresource: '', name: 'x', ...rest } as AdmissionRequest
}

const rule = (
  apiGroups: string,
  apiVersions: string,
  list: string,
  rest: NamedRuleWithOperations = {},
): NamedRuleWithOperations => ({
  apiGroups: apiGroups === '' ? [''] : apiGroups.split(' '),
  apiVersions: apiVersions.split(' '),
  resources: list.split(' '),
  operations: ['CREATE', 'UPDATE'],
  ...rest,
})

const pod = request('core/v1/pods', 'CREATE')
const status = { ...pod, operation: 'UPDATE', subresource: 'status' } as const
const node = request('core/v1/nodes', 'CREATE')

const cases: readonly (readonly [string, AdmissionRequest, NamedRuleWithOperations, boolean])[] = [
  ['the resource itself', pod, rule('', 'v1', 'pods'), true],
  ['another group', pod, rule('apps', 'v1', 'pods'), false],
  ['another version', pod, rule('', 'v2', 'pods'), false],
  ['another resource', pod, rule('', 'v1', 'services secrets'), false],
  ['another operation', { ...pod, operation: 'DELETE' }, rule('', 'v1', 'pods'), false],
  [
    'any operation',
    { ...pod, operation: 'CONNECT' },
    rule('', 'v1', 'pods', { operations: ['*'] }),
    true,
  ],
  ['all resources', pod, rule('*', '*', '*'), true],
  ['all resources, not their subresources', status, rule('*', '*', '*'), false],
  ['all resources and subresources', status, rule('*', '*', '*/*'), true],
  ['a subresource', status, rule('', 'v1', 'pods/status'), true],
  ['another subresource', status, rule('', 'v1', 'pods/log'), false],
  ['a subresource of everything', status, rule('*', '*', '*/status'), true],
  ['all subresources', status, rule('', 'v1', 'pods/*'), true],
  ['all subresources and the resource', pod, rule('', 'v1', 'pods/*'), true],
  ['what is in namespaces', pod, rule('*', '*', '*', { scope: 'Namespaced' }), true],
  ['what is in no namespace', node, rule('*', '*', '*', { scope: 'Namespaced' }), false],
  ['the cluster', node, rule('*', '*', '*', { scope: 'Cluster' }), true],
  ['a name', pod, rule('', 'v1', 'pods', { resourceNames: ['x'] }), true],
  ['another name', pod, rule('', 'v1', 'pods', { resourceNames: ['y'] }), false],
]

const equivalents = (own: ReturnType<typeof row>) => equivalentRows(own, objects)

for (const [what, asked, one, expected] of cases) {
  test(`a rule for ${what} ${expected ? 'matches' : 'does not match'}`, () => {
    const constraints = { matchPolicy: 'Exact', rules: [one], excluded: [] }
    assert.equal(matchedRow(asked, constraints, equivalents) !== undefined, expected)
  })
}

test('an exclusion wins', () => {
  const constraints = {
    matchPolicy: 'Exact',
    rules: [rule('*', '*', '*')],
    excluded: [rule('', '*', 'pods')],
  }
  assert.equal(matchedRow(pod, constraints, equivalents), undefined)
  assert.notEqual(matchedRow(node, constraints, equivalents), undefined)
})

test('another version of the same objects is equivalent, when that is wanted', () => {
  const event = request('core/v1/events', 'CREATE')
  const rules = [rule('events.k8s.io', 'v1', 'events')]
  const ask = (matchPolicy: string) =>
    matchedRow(event, { matchPolicy, rules, excluded: [] }, equivalents)
  assert.equal(ask('Exact'), undefined)
  assert.equal(ask('Equivalent'), row('events.k8s.io/v1/events'))
})

test('an object is shown in the version that was asked for', async () => {
  const object = widget('x', { spec: { size: 3 } })
  const shown = await converted(object, widgets, oldWidgets)
  assert.equal(shown.apiVersion, 'example.com/v1alpha1')
  assert.deepEqual((shown as { spec?: object }).spec, { bigness: 3 })
  assert.deepEqual(await converted(shown, oldWidgets, widgets), object)
  assert.equal(await converted(object, widgets, widgets), object)
})

test('configurations of admission are exempt', () => {
  const path = 'admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
  assert.equal(isExempt(request(path, 'CREATE')), true)
  assert.equal(isExempt(pod), false)
})

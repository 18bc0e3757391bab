import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeMetrics, PodMetrics } from './metrics-api.ts'
import { measured } from './metrics-api.ts'
import { nodeRows } from './node-rows.ts'
import { podRows } from './pod-rows.ts'
import { alignRows } from './rows.ts'

const empty = { uid: '', resourceVersion: '', creationTimestamp: '' }

function node(name: string, usage: Record<string, string>): NodeMetrics {
  return { metadata: { name, ...empty }, usage }
}

function pod(namespace: string, name: string, ...usages: Record<string, string>[]): PodMetrics {
  const containers = usages.map((usage, at) => ({ name: `c${at}`, usage }))
  return { metadata: { name, namespace, ...empty }, containers }
}

const half = { cpu: '2', memory: '4Gi' }
const available = new Map([
  ['a', { resources: half, missing: [] }],
  ['b', { resources: { cpu: '0' }, missing: ['swap'] }],
  ['silent', { resources: half, missing: [] }],
  ['quiet', { resources: half, missing: [] }],
])

test('nodes: shares of what there is, and those that say nothing', () => {
  const metrics = [
    node('b', { cpu: '100m', memory: '1Gi' }),
    node('a', { cpu: '999999999n', memory: '1025Mi' }),
  ]
  const rows = nodeRows(metrics, available, {
    noHeaders: false,
    sortBy: '',
    resources: measured(true),
  })
  assert.deepEqual(
    rows.map((cells) => cells.join(' ')),
    [
      'NAME CPU(cores) CPU(%) MEMORY(bytes) MEMORY(%) SWAP(bytes) SWAP(%)',
      'a 1000m 50% 1025Mi 25% 0Mi',
      'b 100m 0% 1024Mi <unknown> <unknown>',
      'quiet <unknown> <unknown> <unknown> <unknown> <unknown> <unknown>',
      'silent <unknown> <unknown> <unknown> <unknown> <unknown> <unknown>',
    ],
  )
})

const pods = [
  pod('y', 'a', { cpu: '1m', memory: '3Mi' }, { cpu: '2m', memory: '1Mi' }),
  pod('x', 'b', { cpu: '5m', memory: '2Mi' }),
]

const cases = [
  ['by name', {}, ['a 3m 4Mi', 'b 5m 2Mi']],
  ['by namespace and name', { withNamespace: true }, ['x b 5m 2Mi', 'y a 3m 4Mi']],
  ['by cpu', { sortBy: 'cpu' }, ['b 5m 2Mi', 'a 3m 4Mi']],
  ['by memory', { sortBy: 'memory' }, ['a 3m 4Mi', 'b 5m 2Mi']],
  [
    'each container',
    { byContainer: true, sortBy: 'cpu' },
    ['b c0 5m 2Mi', 'a c1 2m 1Mi', 'a c0 1m 3Mi'],
  ],
  ['the sum', { withSum: true }, ['a 3m 4Mi', 'b 5m 2Mi', ' ________ ________', ' 8m 6Mi']],
] as const

for (const [title, more, expected] of cases) {
  test(`pods: ${title}`, () => {
    const rows = podRows(pods, {
      noHeaders: true,
      withNamespace: false,
      byContainer: false,
      withSum: false,
      sortBy: '',
      resources: measured(false),
      ...more,
    })
    assert.deepEqual(
      rows.map((cells) => cells.join(' ')),
      expected,
    )
  })
}

test('lines end with the padding of their last cell', () => {
  assert.equal(
    alignRows([
      ['NAME', 'X'],
      ['abcdef', 'y'],
    ]),
    'NAME     X     \nabcdef   y     \n',
  )
})

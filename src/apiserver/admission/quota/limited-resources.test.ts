import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, pods, resourcequotas, services } from '#api/resources.gen.ts'
import { admissionDeps, admissionRequest } from '#testing/admission.ts'
import type { AdmissionCase } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { decodeLimitedResources } from './configuration.ts'
import { QuotaLedger } from './ledger.ts'
import { resourceQuota } from './resource-quota.ts'

const limited = decodeLimitedResources({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'ResourceQuotaConfiguration',
  limitedResources: [
    { resource: 'pods', matchContains: ['requests.memory'] },
    { apiGroup: 'apps', resource: 'deployments', matchContains: ['count/'] },
    {
      resource: 'pods',
      matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
    },
  ],
})

async function ask(
  quotas: readonly object[],
  spec: object,
  type: AdmissionCase['type'] = pods,
): Promise<string> {
  const objects = new FakeObjects()
  for (const [at, quota] of quotas.entries()) {
    objects.put(resourcequotas, { metadata: { name: `q${at}`, namespace: 'shop' }, spec: quota })
  }
  const { clock, log } = admissionDeps(objects)
  await using ledger = new QuotaLedger({ objects, clock, log })
  const plugin = resourceQuota(ledger, clock, limited)
  const object = { metadata: { name: 'p', namespace: 'shop', uid: '1' }, spec } as never
  try {
    await plugin.validate?.(admissionRequest({ type, object }))
    return 'fine'
  } catch (error) {
    return (error as Error).message
  }
}

const wanting = (memory: string) => ({
  containers: [{ name: 'c', resources: { requests: { memory } } }],
})
const high = { containers: [{ name: 'c' }], priorityClassName: 'high' }
const ofHigh = {
  hard: { pods: '1' },
  scopeSelector: {
    matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
  },
}

for (const [what, quotas, spec, expected] of [
  [
    'memory without a quota',
    [],
    wanting('1Gi'),
    'pods "p" is forbidden: insufficient quota to consume: requests.memory',
  ],
  [
    'memory under a quota of something else',
    [{ hard: { pods: '1' } }],
    wanting('1Gi'),
    'pods "p" is forbidden: insufficient quota to consume: requests.memory',
  ],
  ['memory under its quota', [{ hard: { 'requests.memory': '2Gi' } }], wanting('1Gi'), 'fine'],
  ['no memory', [], { containers: [{ name: 'c' }] }, 'fine'],
  [
    'a priority without a quota',
    [],
    high,
    'insufficient quota to match these scopes: [{PriorityClass In [high]}]',
  ],
  [
    'a priority under a quota of all',
    [{ hard: { pods: '1' } }],
    high,
    'insufficient quota to match these scopes: [{PriorityClass In [high]}]',
  ],
  ['a priority under its quota', [ofHigh], high, 'fine'],
  ['a lower priority', [], { ...high, priorityClassName: 'low' }, 'fine'],
] as [string, object[], object, string][]) {
  test(what, async () => assert.equal(await ask(quotas, spec), expected))
}

test('a kind that only counts', async () => {
  assert.equal(
    await ask([], {}, deployments),
    'deployments.apps "p" is forbidden: insufficient quota to consume: count/deployments.apps',
  )
  const quota = { hard: { 'count/deployments.apps': '1' } }
  assert.equal(await ask([quota], {}, deployments), 'fine')
})

test('other kinds are free', async () => {
  assert.equal(await ask([], { ports: [] }, services), 'fine')
})

test('a configuration must name what it limits', () => {
  const config = {
    apiVersion: 'resourcequota.admission.k8s.io/v1beta1',
    kind: 'Configuration',
    limitedResources: [{ matchContains: ['x'] }],
  }
  assert.throws(() => decodeLimitedResources(config), {
    message:
      'couldn\'t init admission plugin "ResourceQuota": limitedResources[0].resource: Required value',
  })
})

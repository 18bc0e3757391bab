import assert from 'node:assert/strict'
import test from 'node:test'
import type { FlowSchema } from '#api/flowcontrol/v1.gen.ts'
import { parseTarget } from '#apiserver/http/target.ts'
import { bootstrapSchemas } from '#resources/flow-control/bootstrap.ts'
import { byPrecedence, compileSchema, distinguish } from './classify.ts'

const schemas = Object.entries(bootstrapSchemas)
  .map(([name, spec]): FlowSchema => ({ metadata: { name } as FlowSchema['metadata'], spec }))
  .toSorted(byPrecedence)

const authenticated = 'system:authenticated'
const who = {
  admin: { name: 'admin', groups: ['system:masters', authenticated] },
  node: { name: 'system:node:a', groups: ['system:nodes', authenticated] },
  manager: { name: 'system:kube-controller-manager', groups: [authenticated] },
  garbage: {
    name: 'system:serviceaccount:kube-system:generic-garbage-collector',
    groups: ['system:serviceaccounts', authenticated],
  },
  app: {
    name: 'system:serviceaccount:shop:web',
    groups: ['system:serviceaccounts', authenticated],
  },
  jane: { name: 'jane', groups: [authenticated] },
  nobody: { name: 'system:anonymous', groups: ['system:unauthenticated'] },
  stranger: { name: 'x', groups: [] },
} as const

const cases = [
  ['admin', 'GET /api/v1/pods', 'exempt', ''],
  ['nobody', 'GET /healthz', 'probes', ''],
  ['nobody', 'GET /healthz/etcd', 'global-default', 'system:anonymous'],
  ['node', 'GET /api/v1/pods', 'system-nodes', 'system:node:a'],
  ['node', 'PATCH /api/v1/nodes/a/status', 'system-node-high', 'system:node:a'],
  [
    'node',
    'PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a',
    'system-node-high',
    'system:node:a',
  ],
  [
    'manager',
    'PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kcm',
    'system-leader-election',
    'system:kube-controller-manager',
  ],
  ['manager', 'GET /api/v1/namespaces/shop/pods', 'kube-controller-manager', 'shop'],
  [
    'manager',
    'PUT /api/v1/namespaces/shop/endpoints/a',
    'endpoint-controller',
    'system:kube-controller-manager',
  ],
  ['garbage', 'DELETE /api/v1/namespaces/shop/pods/a', 'kube-system-service-accounts', 'shop'],
  ['app', 'GET /api/v1/namespaces/shop/pods', 'service-accounts', 'system:serviceaccount:shop:web'],
  ['jane', 'GET /version', 'global-default', 'jane'],
  ['stranger', 'GET /version', undefined, ''],
] as const

for (const [user, request, schema, flow] of cases) {
  test(`${user} ${request} is ${schema}`, () => {
    const [method = '', url = ''] = request.split(' ')
    const { info } = parseTarget(method, url)
    const found = schemas.find((one) => compileSchema(one)(who[user], info))
    assert.equal(found?.metadata.name, schema)
    if (found !== undefined) assert.equal(distinguish(found, who[user], info), flow)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { APIService } from '#api/apiregistration/v1.gen.ts'
import { message } from '#api/meta/field-error.ts'
import { apiServices as row } from './api-service.ts'

const good = { group: 'g.io', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 }

function made(spec: Partial<APIService['spec']> = {}, name = 'v1.g.io'): APIService {
  return { metadata: { name } as APIService['metadata'], spec: { ...good, ...spec } }
}

const service = { name: 's', namespace: 'n', port: 443 }

for (const [object, errors] of [
  [made(), []],
  [made({ service, caBundle: btoa('pem') }), []],
  [
    made({}, 'g'),
    ['metadata.name: Invalid value: "g": must be `spec.version+"."+spec.group`: "v1.g.io"'],
  ],
  [
    made({ group: '', version: 'v2' }, 'v2.'),
    ['spec.group: Required value: only v1 may have an empty group and it better be legacy kube'],
  ],
  [
    made({ groupPriorityMinimum: 20_001, versionPriority: 0 }),
    [
      'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
    ],
  ],
  [
    made({ caBundle: btoa('pem'), insecureSkipTLSVerify: true }),
    [
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
  ],
  [
    made({ service: { port: 0 }, caBundle: btoa('x'), insecureSkipTLSVerify: true }),
    [
      'spec.service.namespace: Required value',
      'spec.service.name: Required value',
      'spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
      'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
    ],
  ],
] as const) {
  test(`${JSON.stringify(object)}: ${errors.length} errors`, () => {
    assert.deepEqual(row.validate?.(object).map(message), errors)
  })
}

test('what this server answers itself is available from the start', () => {
  const context = { nowMs: 0, user: { name: 'x', groups: [] }, dryRun: false }
  const [local, remote] = [made(), made({ service: { name: 's', namespace: 'n' } })]
  for (const one of [local, remote]) {
    row.default?.(one)
    row.prepareForCreate?.(one, context)
  }
  const [, where, available] = row.columns
  const cells = (one: APIService) => [where?.cell(one, 0), available?.cell(one, 0)]
  assert.deepEqual(cells(local), ['Local', 'True'])
  assert.deepEqual(cells(remote), ['n/s', 'Unknown'])
  assert.equal(remote.spec.service?.port, 443)
  const condition = { type: 'Available', status: 'False', reason: 'ServiceNotFound' }
  const down = { ...remote, status: { conditions: [condition] } }
  assert.deepEqual(cells(down), ['n/s', 'False (ServiceNotFound)'])
})

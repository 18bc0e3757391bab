import assert from 'node:assert/strict'
import test from 'node:test'
import { message } from '#api/meta/field-error.ts'
import { bootstrapLevels, bootstrapSchemas } from './bootstrap.ts'
import { flowSchemas } from './flow-schema.ts'
import { priorityLevelConfigurations } from './priority-level-configuration.ts'

const schema = (spec: object, name = 'a') =>
  ({ metadata: { name }, spec: { ...good, ...spec } }) as never
const level = (spec: object, name = 'a') => ({ metadata: { name }, spec }) as never
const subjects = [{ kind: 'User', user: { name: 'jane' } }]
const resourceRules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true }]
const good = {
  matchingPrecedence: 10,
  priorityLevelConfiguration: { name: 'a' },
  rules: [{ subjects, resourceRules }],
}
const rule = (given: object) => ({ rules: [{ subjects, resourceRules, ...given }] })
const resourceRule = (given: object) => rule({ resourceRules: [{ ...resourceRules[0], ...given }] })

const schemas = [
  { spec: {}, errors: [] },
  {
    spec: { matchingPrecedence: 10_001 },
    errors: ['spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000'],
  },
  {
    spec: { matchingPrecedence: 1 },
    errors: [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
  },
  {
    spec: { priorityLevelConfiguration: { name: '' } },
    errors: [
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
    ],
  },
  {
    spec: { rules: [{ subjects: [] }] },
    errors: [
      'spec.rules[0].subjects: Required value: subjects must contain at least one value',
      'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
  },
  {
    spec: rule({ subjects: [{ kind: 'User' }, { kind: 'Robot' }] }),
    errors: [
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      'spec.rules[0].subjects[1].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
    ],
  },
  {
    spec: rule({ subjects: [{ kind: 'Group', group: { name: 'a' }, user: { name: 'b' } }] }),
    errors: [
      "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
    ],
  },
  {
    spec: resourceRule({ verbs: ['*', 'get'] }),
    errors: [
      `spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
    ],
  },
  {
    spec: resourceRule({ clusterScope: false }),
    errors: [
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
    ],
  },
  {
    spec: rule({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['healthz'] }] }),
    errors: [
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "healthz": must start with slash',
    ],
  },
]

for (const { spec, errors } of schemas) {
  test(`flow schema ${JSON.stringify(spec).slice(0, 70)}`, () => {
    assert.deepEqual(flowSchemas.validate?.(schema(spec)).map(message), errors)
  })
}

const queue = (queuing: object) => ({
  type: 'Limited',
  limited: {
    limitResponse: {
      type: 'Queue',
      queuing: { queues: 64, handSize: 6, queueLengthLimit: 50, ...queuing },
    },
  },
})
const path = 'spec.limited.limitResponse.queuing'

const levels = [
  { spec: queue({}), errors: [] },
  {
    spec: { type: 'Exempt' },
    errors: [
      "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if `name` is 'exempt'",
    ],
  },
  {
    spec: { type: 'Limited' },
    errors: ['spec.limited: Required value: must not be empty when type is Limited'],
  },
  {
    spec: queue({ queueLengthLimit: -1 }),
    errors: [`${path}.queueLengthLimit: Invalid value: -1: must be positive`],
  },
  {
    spec: queue({ handSize: 65 }),
    errors: [`${path}.handSize: Invalid value: 65: should not be greater than queues (64)`],
  },
  {
    spec: queue({ handSize: 11 }),
    errors: [
      `${path}.handSize: Invalid value: 11: required entropy bits of deckSize 64 and handSize 11 should not be greater than 60`,
    ],
  },
  {
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' }, lendablePercent: 101 } },
    errors: [
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
    ],
  },
]

for (const { spec, errors } of levels) {
  test(`priority level ${JSON.stringify(spec).slice(0, 70)}`, () => {
    assert.deepEqual(priorityLevelConfigurations.validate?.(level(spec)).map(message), errors)
  })
}

test('what a server begins with is valid, and defaults change nothing of it', () => {
  for (const [name, spec] of Object.entries(bootstrapSchemas)) {
    const object = { metadata: { name }, spec: structuredClone(spec) } as never
    flowSchemas.default?.(object)
    assert.deepEqual(object, { metadata: { name }, spec })
    assert.deepEqual(flowSchemas.validate?.(object), [], name)
  }
  for (const [name, spec] of Object.entries(bootstrapLevels)) {
    const object = { metadata: { name }, spec: structuredClone(spec) } as never
    priorityLevelConfigurations.default?.(object)
    assert.deepEqual(object, { metadata: { name }, spec })
    assert.deepEqual(priorityLevelConfigurations.validate?.(object), [], name)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validatingadmissionpolicies } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { validatingAdmissionPolicyStatusController } from './controller.ts'

const timeout = 20_000

const spec = (expression: string) => ({
  matchConstraints: {
    resourceRules: [
      {
        apiGroups: ['apps'],
        apiVersions: ['v1'],
        resources: ['deployments'],
        operations: ['CREATE'],
      },
    ],
  },
  validations: [{ expression }],
})

test('a policy is told what does not fit, once a generation', { timeout }, async () => {
  // The language is loaded in real time, which a fake clock does not wait for.
  await import('./type-check.ts')
  await using bench = await runControllers([validatingAdmissionPolicyStatusController])
  const policies = bench.client.for(validatingadmissionpolicies)
  const metadata = { name: 'p', generation: 1 }
  const made = await policies.create({ metadata, spec: spec('object.replicas > 1') })
  const seen = async () => {
    await bench.settle()
    return (await bench.all(validatingadmissionpolicies)).get('p')?.status
  }
  const warning = [
    "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'",
    ' | object.replicas > 1',
    ' | ......^',
  ].join('\n')
  const expressionWarnings = [{ fieldRef: 'spec.validations[0].expression', warning }]
  assert.deepEqual(await seen(), { observedGeneration: 1, typeChecking: { expressionWarnings } })
  const current = await policies.get(made.metadata.name)
  await policies.update({
    ...current,
    metadata: { ...current.metadata, generation: 2 },
    spec: spec('object.spec.replicas > 1'),
  })
  assert.deepEqual(await seen(), { observedGeneration: 2, typeChecking: {} })
})

/** Validating policies, asked by a whole server. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import type {
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from '#api/admissionregistration/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import {
  configmaps,
  namespaces,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
} from '#api/resources.gen.ts'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { http2Client } from '#testing/raw-http.ts'

const limit = { timeout: 30_000 }
const { server, pki, ...running } = await startTestApiServer()
after(() => running[Symbol.asyncDispose]())

const client = createClient(server.transport(master))
const maps = client.in(configmaps, 'default')
const policies = client.for(validatingadmissionpolicies)
const bindings = client.for(validatingadmissionpolicybindings)

const matchConstraints = {
  resourceRules: [
    {
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: ['configmaps'],
      operations: ['CREATE', 'UPDATE'],
    },
  ],
}

type Spec = Partial<ValidatingAdmissionPolicySpec>
type BindingSpec = Partial<ValidatingAdmissionPolicyBindingSpec>

async function withPolicy<T>(spec: Spec, binding: BindingSpec, act: () => Promise<T>): Promise<T> {
  await policies.create({ metadata: { name: 'p' }, spec: { matchConstraints, ...spec } })
  await bindings.create({
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
  })
  try {
    return await act()
  } finally {
    await bindings.delete('b')
    await policies.delete('p')
  }
}

async function failure(act: () => Promise<unknown>): Promise<StatusError['status'] | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error))
    return error.status
  }
}

/** A dry run leaves nothing behind. */
const create = (
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
): Promise<unknown> => maps.create({ metadata: { name: 'x', labels }, data }, { dryRun: true })

const denial = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "

const rule = (expression: string, rest: object = {}) => ({
  validations: [{ expression, ...rest }],
})

for (const { what, spec, binding = {}, data = {}, says } of [
  { what: 'holds', spec: rule('!has(object.data)'), says: undefined },
  {
    what: 'does not hold',
    spec: rule('!has(object.data)'),
    data: { a: 'b' },
    says: 'failed expression: !has(object.data)',
  },
  {
    what: 'has a message',
    spec: rule('false', { message: 'never' }),
    says: 'never',
  },
  {
    what: 'makes its message',
    spec: rule('false', {
      message: 'never',
      messageExpression: "'no ' + object.kind + ' in ' + namespaceObject.metadata.name",
    }),
    says: 'no ConfigMap in default',
  },
  {
    what: 'fails to make its message',
    spec: rule('false', { message: 'never', messageExpression: 'object.nothing' }),
    says: 'never',
  },
  {
    what: 'cannot be evaluated',
    spec: rule('object.nothing == 1'),
    says: "expression 'object.nothing == 1' resulted in error: no such key: nothing",
  },
  {
    what: 'cannot be evaluated and may be ignored',
    spec: { ...rule('object.nothing == 1'), failurePolicy: 'Ignore' },
    says: undefined,
  },
  {
    what: 'uses variables',
    spec: {
      variables: [
        { name: 'size', expression: 'object.?data.orValue({}).size()' },
        { name: 'big', expression: 'variables.size > 1' },
      ],
      ...rule('!variables.big', {
        messageExpression: "'has %d'.format([variables.size])",
      }),
    },
    data: { a: 'b', c: 'd' },
    says: 'has 2',
  },
  {
    what: 'has a condition that does not hold',
    spec: {
      matchConditions: [{ name: 'not-x', expression: "object.metadata.name != 'x'" }],
      ...rule('false'),
    },
    says: undefined,
  },
  {
    what: 'asks the authorizer',
    spec: rule("authorizer.group('').resource('secrets').namespace('a').check('get').allowed()"),
    says: undefined,
  },
  {
    what: 'asks about the request',
    spec: rule("request.operation == 'CREATE' && request.dryRun && oldObject == null"),
    says: undefined,
  },
  {
    what: 'is not for such objects',
    spec: {
      matchConstraints: { ...matchConstraints, objectSelector: { matchLabels: { guard: 'yes' } } },
      ...rule('false'),
    },
    says: undefined,
  },
  {
    what: 'is bound to another namespace',
    spec: rule('false'),
    binding: {
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } },
      },
    },
    says: undefined,
  },
  {
    what: 'excludes the name',
    spec: {
      matchConstraints: {
        ...matchConstraints,
        excludeResourceRules: [{ ...matchConstraints.resourceRules[0], resourceNames: ['x'] }],
      },
      ...rule('false'),
    },
    says: undefined,
  },
  {
    what: 'spends too much',
    spec: rule(
      `[1,2,3,4,5,6,7,8,9,10].all(a, ${'[1,2,3,4,5,6,7,8,9,10].all(b, '.repeat(5)}a > 0${')'.repeat(5)})`,
    ),
    says: /resulted in error: operation cancelled: actual cost limit exceeded$/,
  },
] as const satisfies readonly {
  what: string
  spec: object
  binding?: object
  data?: Record<string, string>
  says: string | RegExp | undefined
}[]) {
  test(`a policy that ${what}`, limit, async () => {
    const status = await withPolicy(spec as Spec, binding as BindingSpec, () =>
      failure(() => create(data as Record<string, string>)),
    )
    if (says instanceof RegExp) assert.match(status?.message ?? '', says)
    else {
      const expected =
        says === undefined ? undefined : `configmaps "x" is forbidden: ${denial}${says}`
      assert.equal(status?.message, expected)
    }
    if (says !== undefined) assert.deepEqual([status?.code, status?.reason], [422, 'Invalid'])
  })
}

test('a reason decides the code', limit, async () => {
  const status = await withPolicy(rule('false', { reason: 'Forbidden' }), {}, () =>
    failure(() => create()),
  )
  assert.deepEqual([status?.code, status?.reason], [403, 'Forbidden'])
  assert.match(status?.details?.causes?.[0]?.message ?? '', /^ValidatingAdmissionPolicy 'p'/)
})

test('Warn lets the request pass with a warning', limit, async () => {
  using http = http2Client({ port: server.port, ca: pki.ca.certificate, identity: pki.admin })
  const answer = await withPolicy(
    rule('false', { message: 'careful' }),
    { validationActions: ['Warn', 'Audit'] },
    () =>
      http.send({
        method: 'POST',
        path: '/api/v1/namespaces/default/configmaps?dryRun=All',
        body: { metadata: { name: 'x' } },
      }),
  )
  assert.equal(answer.status, 201)
  const text = "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': careful"
  assert.equal(answer.headers['warning'], `299 - "${text}"`)
})

test('parameters are found by name or by selector, or missed', limit, async () => {
  const spec: Spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConditions: [{ name: 'not-params', expression: "object.metadata.name == 'x'" }],
    ...rule('object.data.size() <= int(params.data.max)', {
      messageExpression: "'at most ' + params.data.max",
    }),
  }
  await client.for(namespaces).create({ metadata: { name: 'rules' }, spec: {} })
  const rules = client.in(configmaps, 'rules')
  await rules.create({ metadata: { name: 'one', labels: { size: 's' } }, data: { max: '1' } })
  await rules.create({ metadata: { name: 'two', labels: { size: 'm' } }, data: { max: '2' } })
  const ask = (paramRef: BindingSpec['paramRef'] & object): Promise<string | undefined> =>
    withPolicy(spec, { paramRef }, async () => {
      const status = await failure(() => create({ a: '', b: '' }))
      return status?.message?.split('denied request: ')[1]
    })
  assert.equal(await ask({ name: 'one', namespace: 'rules' }), 'at most 1')
  assert.equal(await ask({ name: 'two', namespace: 'rules' }), undefined)
  assert.equal(await ask({ selector: {}, namespace: 'rules' }), 'at most 1')
  assert.equal(
    await ask({ name: 'none', namespace: 'rules' }),
    'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  )
  const allow = { name: 'none', namespace: 'rules', parameterNotFoundAction: 'Allow' }
  assert.equal(await ask(allow), undefined)
})

for (const [what, spec, message] of [
  [
    'an expression that does not compile',
    rule('object.'),
    /spec\.validations\[0\]\.expression: Invalid value: "object\.": compilation failed: ERROR: <input>:1:8: Syntax error: mismatched input '<EOF>' expecting IDENTIFIER/,
  ],
  [
    'an unknown variable',
    rule('variables.x == 1'),
    /compilation failed: ERROR: <input>:1:10: undefined field 'x'/,
  ],
  [
    'an expression of another type',
    rule("'yes'"),
    /spec\.validations\[0\]\.expression: Invalid value: "'yes'": must evaluate to bool$/,
  ],
  [
    'a message of another type',
    rule('true', { messageExpression: '1' }),
    /messageExpression: Invalid value: "1": must evaluate to string$/,
  ],
  [
    'parameters without a kind',
    rule('params.x'),
    /undeclared reference to 'params' \(in container ''\)/,
  ],
  [
    'nothing to say',
    {},
    /spec\.validations: Required value: validations or auditAnnotations must contain at least one item/,
  ],
  [
    'no rules',
    { ...rule('true'), matchConstraints: {} },
    /spec\.matchConstraints\.resourceRules: Required value/,
  ],
] as const) {
  test(`a policy with ${what} is refused`, limit, async () => {
    const status = await failure(() =>
      policies.create({
        metadata: { name: 'refused' },
        spec: { matchConstraints, ...(spec as Spec) },
      }),
    )
    assert.equal(status?.code, 422)
    assert.match(status.message ?? '', message)
  })
}

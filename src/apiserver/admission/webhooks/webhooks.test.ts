/** Webhooks over TLS, asked by a whole server. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import type { MutatingWebhook, ValidatingWebhook } from '#api/admissionregistration/v1.gen.ts'
import type { ConfigMap } from '#api/core/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import {
  configmaps,
  customresourcedefinitions,
  deployments,
  mutatingwebhookconfigurations,
  validatingwebhookconfigurations,
} from '#api/resources.gen.ts'
import { must } from '#base/assert.ts'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { http2Client } from '#testing/raw-http.ts'
import { patchReply, startWebhookServer, type Asked, type Reply } from '#testing/webhook-server.ts'

const limit = { timeout: 30_000 }
const { server, pki, ...running } = await startTestApiServer({
  parts: {
    endpoints: () => ({
      plain: new Map([['GET pods/proxy', () => assert.fail('the connection was opened')]]),
    }),
  },
})
const hook = await startWebhookServer()
after(async () => {
  await running[Symbol.asyncDispose]()
  await hook[Symbol.asyncDispose]()
})

const client = createClient(server.transport(master))
const maps = client.in(configmaps, 'default')
const validating = client.for(validatingwebhookconfigurations)
const mutating = client.for(mutatingwebhookconfigurations)

const onConfigMaps = {
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
  operations: ['CREATE', 'UPDATE'],
}

function webhook(path: string, rest: Partial<MutatingWebhook> = {}): ValidatingWebhook {
  return {
    name: `${path}.example.com`,
    clientConfig: { url: `https://127.0.0.1:${hook.port}/${path}`, caBundle: hook.caBundle },
    rules: [onConfigMaps],
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    ...rest,
  }
}

/** Runs `act` with one configuration of webhooks that answer so. */
async function withHooks<T>(
  kind: 'validating' | 'mutating',
  hooks: readonly [ValidatingWebhook, ((request: never) => Reply)?][],
  act: () => Promise<T>,
): Promise<T> {
  const which = kind === 'validating' ? validating : mutating
  for (const [{ clientConfig }, reply] of hooks) {
    const path = new URL(clientConfig.url ?? `https://x${clientConfig.service?.path}`).pathname
    if (reply !== undefined) hook.on(path, reply as never)
  }
  hook.asked.length = 0
  await which.create({
    metadata: { name: 'tested' },
    webhooks: hooks.map(([each]) => each),
  } as never)
  try {
    return await act()
  } finally {
    await which.delete('tested')
  }
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 50))
}

async function failure(act: () => Promise<unknown>): Promise<StatusError['status']> {
  try {
    await act()
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error))
    return error.status
  }
  return assert.fail('was not refused')
}

const create = (name: string, data: Record<string, string> = {}): Promise<unknown> =>
  maps.create({ metadata: { name }, data })

test('a refusal has the words, code and reason of the webhook', limit, async () => {
  const denial = {
    allowed: false,
    status: { message: 'not today', code: 403, reason: 'Forbidden' },
  }
  const status = await withHooks('validating', [[webhook('deny'), () => denial]], () =>
    failure(() => create('denied')),
  )
  assert.equal(status.message, 'admission webhook "deny.example.com" denied the request: not today')
  assert.deepEqual([status.code, status.reason, status.status], [403, 'Forbidden', 'Failure'])
})

test('a refusal without a word', limit, async () => {
  const status = await withHooks(
    'validating',
    [[webhook('mute'), () => ({ allowed: false })]],
    () => failure(() => create('denied')),
  )
  const expected = 'admission webhook "mute.example.com" denied the request without explanation'
  assert.deepEqual([status.message, status.code], [expected, 400])
})

test('what a webhook is asked', limit, async () => {
  await withHooks('validating', [[webhook('ask'), () => ({ allowed: true })]], async () => {
    const object = { metadata: { name: 'asked' }, data: { a: 'b' } }
    await maps.create(object, { fieldManager: 'me' })
    await maps.patch('asked', 'merge', { data: { a: 'c' } }, { fieldManager: 'me' })
  })
  const [first, second] = hook.asked.map(({ request }) => request)
  const { object, uid, ...rest } = first as unknown as Asked & { object: ConfigMap }
  assert.match(uid, /^[0-9a-f-]{36}$/)
  assert.deepEqual([object.kind, object.data], ['ConfigMap', { a: 'b' }])
  const kind = { group: '', version: 'v1', kind: 'ConfigMap' }
  const resource = { group: '', version: 'v1', resource: 'configmaps' }
  assert.deepEqual(rest, {
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    name: 'asked',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'test', groups: ['system:masters'] },
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
    oldObject: null,
  })
  const before = second?.['oldObject'] as ConfigMap | undefined
  assert.equal(before?.data?.['a'], 'b')
  assert.deepEqual(second?.['options'], {
    kind: 'UpdateOptions',
    apiVersion: 'meta.k8s.io/v1',
    fieldManager: 'me',
  })
})

test('a patch is applied, and those who wish are asked again after it', limit, async () => {
  const label = (name: string) => () =>
    patchReply([{ op: 'add', path: '/data', value: { [name]: 'yes' } }])
  const first = webhook('first', { reinvocationPolicy: 'IfNeeded' } as never)
  const replies: Reply[] = [{ allowed: true }]
  const made = await withHooks(
    'mutating',
    [
      [
        first,
        () => replies.shift() ?? patchReply([{ op: 'add', path: '/data/again', value: '1' }]),
      ],
      [webhook('second'), label('second')],
    ],
    () => maps.create({ metadata: { name: 'patched' } }),
  )
  assert.deepEqual(made.data, { second: 'yes', again: '1' })
  const paths = hook.asked.map(({ path }) => path)
  assert.deepEqual(paths, ['/first', '/second', '/first'])
})

test(
  'fields that do not exist are dropped from a patched object, defaults come again',
  limit,
  async () => {
    const made = await withHooks(
      'mutating',
      [
        [
          webhook('odd', {
            rules: [{ ...onConfigMaps, apiGroups: ['apps'], resources: ['deployments'] }],
          }),
          () =>
            patchReply([
              { op: 'remove', path: '/spec/replicas' },
              { op: 'add', path: '/spec/nonsense', value: 1 },
            ]),
        ],
      ],
      () =>
        client.in(deployments, 'default').create({
          metadata: { name: 'web' },
          spec: {
            replicas: 3,
            selector: { matchLabels: { app: 'web' } },
            template: {
              metadata: { labels: { app: 'web' } },
              spec: { containers: [{ name: 'c', image: 'i' }] },
            },
          },
        } as never),
    )
    assert.equal(made.spec.replicas, 1)
    assert.ok(!('nonsense' in made.spec))
  },
)

test('a connection that the webhook has closed is replaced', limit, async () => {
  await withHooks('validating', [[webhook('closing'), () => ({ allowed: true })]], async () => {
    await create('closing-1')
    hook.disconnect()
    await create('closing-2')
  })
  assert.equal(hook.asked.length, 2)
})

test('warnings reach the client', limit, async () => {
  using http = http2Client({ port: server.port, ca: pki.ca.certificate, identity: pki.admin })
  const answer = await withHooks(
    'validating',
    [[webhook('warn'), () => ({ allowed: true, warnings: ['careful'] })]],
    () =>
      http.send({
        method: 'POST',
        path: '/api/v1/namespaces/default/configmaps',
        body: { metadata: { name: 'warned' } },
      }),
  )
  assert.equal(answer.headers['warning'], '299 - "careful"')
})

const url = (path: string, seconds = 10): string =>
  `https://127.0.0.1:${hook.port}/${path}?timeout=${seconds}s`

for (const { what, each, reply, message } of [
  {
    what: 'answers with a failure',
    each: webhook('broken'),
    reply: () => 500,
    message: `an error on the server ("no") has prevented the request from succeeding`,
  },
  {
    what: 'is silent',
    each: webhook('silent', { timeoutSeconds: 1 }),
    reply: () => 'silence',
    message: `Post "${url('silent', 1)}": context deadline exceeded`,
  },
  {
    what: 'is not trusted',
    each: webhook('strange', {
      clientConfig: {
        url: `https://127.0.0.1:${hook.port}/strange`,
        caBundle: Buffer.from(pki.ca.certificate).toString('base64'),
      },
    }),
    reply: () => 200,
    message: `Post "${url('strange')}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  },
  {
    what: 'answers another question',
    each: webhook('other'),
    reply: () => ({ allowed: true, uid: 'x' }),
    message: undefined,
  },
  {
    what: 'is a Service that is not there',
    each: webhook('gone', {
      clientConfig: { service: { name: 'gone', namespace: 'ops', path: '/gone' } },
    }),
    reply: () => 200,
    message: `Post "https://gone.ops.svc:443/gone?timeout=10s": service "gone" not found`,
  },
] as const) {
  const name = each.name
  test(`a webhook that ${what} fails the request, or is passed over`, limit, async () => {
    const status = await withHooks('validating', [[each, reply as () => Reply]], () =>
      failure(() => create(`fails-${name}`)),
    )
    const prefix = `Internal error occurred: failed calling webhook "${name}": failed to call webhook: `
    if (message === undefined)
      assert.match(status.message ?? '', /expected response\.uid="[^"]+", got "x"$/)
    else assert.equal(status.message, prefix + message)
    assert.equal(status.code, 500)
    await withHooks(
      'validating',
      [[{ ...each, failurePolicy: 'Ignore' }, reply as () => Reply]],
      () => create(`passes-${name}`),
    )
  })
}

test('selectors and conditions choose the requests', limit, async () => {
  const each = webhook('choosy', {
    objectSelector: { matchLabels: { guard: 'yes' } },
    matchConditions: [
      { name: 'not-exempt', expression: "!object.metadata.name.startsWith('exempt')" },
      { name: 'not-root', expression: "request.userInfo.username != 'root'" },
    ],
  })
  await withHooks('validating', [[each, () => ({ allowed: false })]], async () => {
    await create('unlabelled')
    await maps.create({ metadata: { name: 'exempt-1', labels: { guard: 'yes' } } })
    await failure(() => maps.create({ metadata: { name: 'guarded', labels: { guard: 'yes' } } }))
  })
  assert.equal(hook.asked.length, 1)
})

test('a condition that cannot be evaluated refuses the request', limit, async () => {
  const each = webhook('wrong', {
    matchConditions: [{ name: 'wrong', expression: 'object.nothing == 1' }],
  })
  const status = await withHooks('validating', [[each, () => ({ allowed: true })]], () =>
    failure(() => create('wrong')),
  )
  const why = "expression 'object.nothing == 1' resulted in error: no such key: nothing"
  assert.equal(status.message, `configmaps "wrong" is forbidden: ${why}`)
})

test('a dry run does not reach a webhook with side effects', limit, async () => {
  const each = { ...webhook('effects'), sideEffects: 'None' }
  await withHooks('validating', [[each, () => ({ allowed: true })]], async () => {
    await maps.create({ metadata: { name: 'dry' } }, { dryRun: true })
  })
  assert.equal(hook.asked[0]?.request['dryRun'], true)
})

test('configurations themselves are not asked about', limit, async () => {
  const everything = {
    apiGroups: ['*'],
    apiVersions: ['*'],
    resources: ['*/*'],
    operations: ['*'],
  }
  await withHooks(
    'validating',
    [[webhook('all', { rules: [everything] }), () => ({ allowed: false })]],
    async () => {
      await failure(() => create('anything'))
      await validating.create({ metadata: { name: 'second' } })
      await validating.delete('second')
    },
  )
})

test('a connection is asked about with its options', limit, async () => {
  const rules = [
    { apiGroups: [''], apiVersions: ['v1'], resources: ['pods/proxy'], operations: ['CONNECT'] },
  ]
  using http = http2Client({ port: server.port, ca: pki.ca.certificate, identity: pki.admin })
  const answer = await withHooks(
    'validating',
    [[webhook('connect', { rules }), () => ({ allowed: false, status: { message: 'closed' } })]],
    () => http.send({ method: 'GET', path: '/api/v1/namespaces/default/pods/web/proxy/a/b' }),
  )
  const { message } = JSON.parse(answer.body.toString()) as { message: string }
  assert.equal(message, 'admission webhook "connect.example.com" denied the request: closed')
  const asked = hook.asked[0]?.request
  const { object, operation, kind } = asked as Asked & Record<string, unknown>
  assert.deepEqual(
    [operation, kind, object],
    [
      'CONNECT',
      { group: '', version: 'v1', kind: 'PodProxyOptions' },
      { kind: 'PodProxyOptions', apiVersion: 'v1', path: '/a/b' },
    ],
  )
})

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { size: { type: 'integer' }, color: { type: 'string', default: 'grey' } },
        },
      },
    },
  },
})

test(
  'custom objects are shown in the version of the rule, and pruned after a patch',
  limit,
  async () => {
    using http = http2Client({ port: server.port, ca: pki.ca.certificate, identity: pki.admin })
    const names = { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' }
    const spec = {
      group: 'example.com',
      scope: 'Namespaced',
      names,
      versions: [version('v1', true), version('v2', false)],
    }
    const metadata = { name: 'widgets.example.com' }
    await client.for(customresourcedefinitions).create({ metadata, spec } as never)
    const path = '/apis/example.com/v2/namespaces/default/widgets'
    await eventually(async () => (await http.send({ method: 'GET', path })).status === 200)
    const rules = [{ ...onConfigMaps, apiGroups: ['example.com'], resources: ['widgets'] }]
    const patch = [
      { op: 'add', path: '/spec/size', value: 3 },
      { op: 'add', path: '/spec/nonsense', value: 1 },
    ]
    const answer = await withHooks(
      'mutating',
      [[webhook('custom', { rules }), () => patchReply(patch)]],
      () => http.send({ method: 'POST', path, body: { metadata: { name: 'w' }, spec: {} } }),
    )
    assert.equal(answer.status, 201, answer.body.toString())
    const made = JSON.parse(answer.body.toString()) as { apiVersion: string; spec: object }
    assert.equal(made.apiVersion, 'example.com/v2')
    assert.deepEqual(made.spec, { size: 3, color: 'grey' })
    const { kind, requestKind, object } = must(hook.asked[0], 'a call').request as Asked &
      Record<string, unknown>
    assert.deepEqual(kind, { group: 'example.com', version: 'v1', kind: 'Widget' })
    assert.deepEqual(requestKind, { group: 'example.com', version: 'v2', kind: 'Widget' })
    assert.equal((object as { apiVersion: string }).apiVersion, 'example.com/v1')
  },
)

test('what was asked is counted under upstream’s names', limit, async () => {
  await withHooks('validating', [[webhook('counted'), () => ({ allowed: false })]], () =>
    failure(() => create('counted')),
  )
  using http = http2Client({ port: server.port, ca: pki.ca.certificate, identity: pki.admin })
  const text = (await http.send({ method: 'GET', path: '/metrics' })).body.toString()
  for (const line of [
    'apiserver_admission_webhook_request_total{name="counted.example.com",type="validating",operation="CREATE",code="400",rejected="true"} 1',
    'apiserver_admission_webhook_rejection_count{name="counted.example.com",type="validating",operation="CREATE",error_type="no_error",rejection_code="400"} 1',
    'apiserver_admission_webhook_fail_open_count{name="broken.example.com",type="validating"} 1',
  ]) {
    assert.ok(text.includes(line), line)
  }
})

test('connections are kept', limit, async () => {
  const before = hook.connections()
  await withHooks('validating', [[webhook('kept'), () => ({ allowed: true })]], async () => {
    for (let at = 0; at < 5; at += 1) await create(`kept-${at}`)
  })
  assert.ok(hook.connections() - before <= 1)
})

for (const [what, change, message] of [
  [
    'a name without a domain',
    { name: 'short' },
    /webhooks\[0\]\.name: Invalid value: "short": should be a domain with at least three segments separated by dots/,
  ],
  [
    'an http URL',
    { clientConfig: { url: 'http://x' } },
    /clientConfig\.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https:\/\/host\[\/path\]/,
  ],
  [
    'no client',
    { clientConfig: {} },
    /clientConfig: Required value: exactly one of url or service is required/,
  ],
  [
    'a long timeout',
    { timeoutSeconds: 31 },
    /timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds/,
  ],
  [
    'no version',
    { admissionReviewVersions: [] },
    /admissionReviewVersions: Required value: must specify one of v1, v1beta1/,
  ],
  [
    'an operation twice',
    { rules: [{ ...onConfigMaps, operations: ['*', 'CREATE'] }] },
    /rules\[0\]\.operations: Invalid value: \["\*","CREATE"\]: if '\*' is present, must not specify other operations/,
  ],
] as const) {
  test(`a configuration with ${what} is refused`, limit, async () => {
    const webhooks = [{ ...webhook('checked'), ...(change as object) }]
    const status = await failure(() =>
      validating.create({ metadata: { name: 'checked' }, webhooks } as never),
    )
    assert.equal(status.code, 422)
    assert.match(status.message ?? '', message)
  })
}

/** Bodies that no client should send, and bodies that are nearly right, which are worse. */
import type { Chance } from './random.ts'

export interface Body {
  readonly contentType: string
  readonly bytes: Buffer
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Objects that the server takes, by the collection that takes them. */
export const templates: Readonly<Record<string, Json>> = {
  '/api/v1/namespaces/default/configmaps': {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'a', labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['x/y'] },
    data: { key: 'value' },
    binaryData: { bin: 'AAEC' },
  },
  '/api/v1/namespaces/default/pods': {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: 'a',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'y' }],
    },
    spec: {
      containers: [
        {
          name: 'c',
          image: 'i',
          env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } },
          livenessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 },
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          securityContext: { capabilities: { add: ['SYS_ADMIN'] } },
        },
      ],
      volumes: [{ name: 'v', emptyDir: {} }],
      tolerations: [{ key: 'a', operator: 'Exists' }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      topologySpreadConstraints: [],
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  },
  '/apis/apps/v1/namespaces/default/deployments': {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { name: 'a' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
    },
  },
  '/api/v1/namespaces/default/services': {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name: 'a' },
    spec: {
      type: 'NodePort',
      ports: [{ name: 'p', port: 80, targetPort: 'http', nodePort: 30_001 }],
      selector: { a: 'b' },
      clusterIP: '10.96.0.9',
      sessionAffinity: 'ClientIP',
      ipFamilies: ['IPv4'],
    },
  },
  '/apis/rbac.authorization.k8s.io/v1/clusterroles': {
    kind: 'ClusterRole',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: { name: 'a' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  },
  '/apis/batch/v1/namespaces/default/cronjobs': {
    kind: 'CronJob',
    apiVersion: 'batch/v1',
    metadata: { name: 'a' },
    spec: {
      schedule: '* * * * *',
      jobTemplate: {
        spec: {
          template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
        },
      },
    },
  },
  '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies': {
    kind: 'NetworkPolicy',
    apiVersion: 'networking.k8s.io/v1',
    metadata: { name: 'a' },
    spec: {
      podSelector: {},
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }],
      policyTypes: ['Ingress'],
    },
  },
  '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas': {
    kind: 'FlowSchema',
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    metadata: { name: 'a' },
    spec: {
      priorityLevelConfiguration: { name: 'a' },
      matchingPrecedence: 8000,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'nobody' } }],
          nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
        },
      ],
    },
  },
  '/apis/coordination.k8s.io/v1/namespaces/default/leases': {
    kind: 'Lease',
    apiVersion: 'coordination.k8s.io/v1',
    metadata: { name: 'a' },
    spec: {
      holderIdentity: 'me',
      leaseDurationSeconds: 1,
      renewTime: '2030-01-01T00:00:00.000000Z',
    },
  },
}

const junk: readonly Json[] = [
  null,
  true,
  -1,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  0.5,
  '',
  ' ',
  'x'.repeat(300),
  '\u0000',
  '\ud800',
  '../..',
  '🙂',
  '2030-13-45T99:99:99Z',
  '1e9999',
  '-1Gi',
  '%n',
  [],
  {},
  [[[]]],
  [null],
  [{}],
  { a: null },
  { '': '' },
  JSON.parse('{"__proto__": {"polluted": true}}') as Json,
  { constructor: { prototype: { polluted: true } } },
  { toString: 1, valueOf: 2 },
]

/** The object with a few of its parts replaced, taken away or doubled. */
export function mutated(chance: Chance, template: Json): Json {
  const copy = structuredClone(template)
  for (let changes = 1 + chance.below(3); changes > 0; changes--) mutateOnce(chance, copy)
  return copy
}

function mutateOnce(chance: Chance, value: Json): void {
  if (typeof value !== 'object' || value === null) return
  const keys = Object.keys(value)
  const key = keys[chance.below(keys.length)]
  const parent = value as Record<string, Json>
  if (key === undefined) {
    if (!Array.isArray(value))
      parent[chance.one(['a', 'metadata', '__proto__', ''])] = chance.one(junk)
    return
  }
  const child = parent[key]
  const isDeep = typeof child === 'object' && child !== null && chance.is(0.75)
  if (isDeep) return mutateOnce(chance, child)
  if (Array.isArray(value) && chance.is(0.3)) value.push(structuredClone(child ?? null))
  else if (chance.is(0.15)) delete parent[key]
  else parent[key] = structuredClone(chance.one(junk))
}

type Make = (chance: Chance, template: Json) => Body

const json = 'application/json'
const yaml = 'application/yaml'
const protobuf = 'application/vnd.kubernetes.protobuf'
const text = (contentType: string, content: string): Body => ({
  contentType,
  bytes: Buffer.from(content),
})

const makers: readonly Make[] = [
  (chance, template) => text(json, JSON.stringify(mutated(chance, template))),
  (chance, template) => text(json, JSON.stringify(mutated(chance, template))),
  (chance, template) => text(json, JSON.stringify(mutated(chance, template))),
  (chance, template) => text(yaml, JSON.stringify(mutated(chance, template))),
  (chance, template) => {
    const whole = JSON.stringify(template)
    return text(json, whole.slice(0, chance.below(whole.length)))
  },
  (chance, template) => {
    const bytes = Buffer.from(JSON.stringify(template))
    bytes[chance.below(bytes.length)] = chance.below(256)
    return { contentType: json, bytes }
  },
  (chance) => ({
    contentType: chance.one([json, yaml, protobuf, 'x/y', '']),
    bytes: chance.bytes(chance.below(600)),
  }),
  (chance) => text(json, '['.repeat(1 + chance.below(20_000))),
  (chance) => {
    const depth = 1 + chance.below(20_000)
    return text(
      json,
      `{"kind":"ConfigMap","apiVersion":"v1","metadata":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`,
    )
  },
  (chance) => {
    const depth = 1 + chance.below(5_000)
    return text(json, `{"metadata":{"managedFields":${'['.repeat(depth)}${']'.repeat(depth)}}}`)
  },
  (chance) => text(yaml, `${'- '.repeat(1 + chance.below(3_000))}a`),
  () => text(yaml, 'a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n'),
  () => text(yaml, '&a [*a]'),
  () => text(yaml, '? {a: b}\n: c\n---\nx: y\n'),
  () => text(yaml, 'kind: !!js/function "function(){}"\nmetadata: {name: a}\n'),
  (chance) => text(json, `{"items":[${'{},'.repeat(chance.below(20_000))}{}]}`),
  (chance) =>
    text(
      json,
      `{"metadata":{"name":"a","labels":{${'"a":"b",'.repeat(chance.below(3_000))}"a":"b"}}}`,
    ),
  () => text(json, '{"metadata":{"name":"a"},"data":{"a":1e999}}'),
  (chance) => ({
    contentType: protobuf,
    bytes: Buffer.concat([Buffer.from('k8s\0'), chance.bytes(chance.below(200))]),
  }),
  (chance) => ({ contentType: protobuf, bytes: protobufEnvelope(chance) }),
]

export function malformedBody(chance: Chance, template: Json): Body {
  return chance.one(makers)(chance, template)
}

/** A well-formed envelope around fields that lie about their lengths. */
function protobufEnvelope(chance: Chance): Buffer {
  const meta = field(1, Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('Pod'))]))
  let inner: Buffer = chance.bytes(chance.below(64))
  for (let depth = chance.below(200); depth > 0; depth--) inner = field(1 + chance.below(3), inner)
  return Buffer.concat([Buffer.from('k8s\0'), meta, field(2, inner)])
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 128)
  }
}

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
]

const patches: readonly string[] = [
  '[{"op":"add","path":"/metadata/labels/-","value":1}]',
  '[{"op":"remove","path":"/nope/nope"}]',
  '[{"op":"move","from":"/data","path":"/data/a"}]',
  '[{"op":"copy","from":"","path":"/data/a"}]',
  '[{"op":"test","path":"/a~2b","value":1}]',
  '[{"op":"add","path":"/spec/containers/99999999999","value":{}}]',
  '[{"op":"fly"}]',
  '[{}]',
  '[null]',
  '{"op":"add"}',
  '[{"op":"replace","path":"","value":null}]',
  '[{"op":"add","path":"/__proto__/polluted","value":true}]',
  '{"metadata":null}',
  '{"metadata":{"name":"other"}}',
  '{"kind":"Other"}',
  '{"__proto__":{"polluted":true}}',
  '{"spec":{"$patch":"replace"}}',
  '{"spec":{"$patch":"nonsense"}}',
  '{"spec":{"containers":[{"$patch":"delete"}]}}',
  '{"spec":{"containers":[{"name":"c","$patch":"delete"},{"image":"no name"}]}}',
  '{"spec":{"$setElementOrder/containers":[{"name":"z"}],"containers":{}}}',
  '{"spec":{"$retainKeys":[1],"strategy":{}}}',
  '{"metadata":{"$deleteFromPrimitiveList/finalizers":{"a":1}}}',
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[{}]}}',
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"managedFields":[{"manager":"m","operation":"Apply","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"k:{":1}}}]}}',
  'null',
  '[]',
  '"text"',
  '7',
  '',
]

export function malformedPatch(chance: Chance, template: Json): Body {
  const contentType = chance.one(patchTypes)
  const content = chance.is(0.4) ? JSON.stringify(mutated(chance, template)) : chance.one(patches)
  return text(contentType, content)
}

/** Requests that should not be: one of each kind of wrong, or several at once. */
import { malformedBody, malformedPatch, templates } from './bodies.ts'
import type { Body } from './bodies.ts'
import type { Chance } from './random.ts'

export interface BadRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']

const paths: readonly string[] = [
  '/',
  '//',
  '/api',
  '/api/',
  '/api/v1',
  '/api/v2/pods',
  '/api/v1/pods/a/b/c/d/e',
  '/api/v1/namespaces//pods',
  '/api/v1/namespaces/%2e%2e/pods/%2e%2e',
  '/api/v1/namespaces/default/pods/%00',
  '/api/v1/namespaces/default/pods/%ff%fe',
  '/api/v1/namespaces/default/pods/%zz',
  '/api/v1/namespaces/default/pods/a%2Fb',
  '/api/v1/watch/namespaces/default/pods/a',
  '/api/v1/watch/pods?timeoutSeconds=1',
  '/api/v1/proxy/namespaces/default/pods/a',
  '/api/v1/nodes/a/proxy/x',
  '/api/v1/namespaces/default/pods/a/log?tailLines=x',
  '/api/v1/namespaces/default/pods/a/exec?command=',
  '/api/v1/namespaces/default/pods/a/eviction',
  '/api/v1/namespaces/default/pods/a/binding',
  '/api/v1/namespaces/default/serviceaccounts/a/token',
  '/api/v1/namespaces/default/finalize',
  '/api/v1/namespaces/default/configmaps/a/status',
  '/apis/apps/v1/namespaces/default/deployments/a/scale',
  '/apis/apps',
  '/apis/nope/v1/things',
  '/apis/apps/v9/deployments',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
  '/openapi/v2',
  '/openapi/v3/apis/nope',
  '/healthz/nope',
  '/readyz?verbose&exclude=x&exclude=',
  '/metrics/x',
  '/version?%',
  '/debug/api_priority_and_fairness/nope',
  '/debug/pprof/heap',
  '/.well-known/nope',
  '/%',
  '/🙂',
  `/${'a/'.repeat(2000)}`,
  `/api/v1/namespaces/${'n'.repeat(5000)}/pods`,
]

const queries: readonly string[] = [
  'limit=-1',
  'limit=abc',
  'limit=99999999999999999999',
  'limit=1&continue=nonsense',
  'continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIvIn0',
  'continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYVx1MDAwMCJ9',
  'continue=e30',
  'continue=bnVsbA',
  'resourceVersion=x',
  'resourceVersion=-1',
  'resourceVersion=01',
  'resourceVersion=99999999999999999999999',
  'resourceVersion=999999&timeout=1s',
  'resourceVersionMatch=Exact',
  'resourceVersion=1&resourceVersionMatch=Nope',
  'resourceVersion=1&resourceVersionMatch=Exact',
  'labelSelector=((',
  'labelSelector=a%20in%20(',
  'labelSelector=a%20in%20()',
  `labelSelector=${'a,'.repeat(2000)}a`,
  'fieldSelector=a=b=c',
  'fieldSelector=%00=1',
  'fieldSelector=metadata.name!=a,metadata.name=b',
  'watch=1&timeoutSeconds=1&resourceVersion=x',
  'watch=1&timeoutSeconds=1&sendInitialEvents=true',
  'watch=1&timeoutSeconds=-5&limit=x',
  'watch=maybe&timeoutSeconds=1',
  'dryRun=Some',
  'dryRun=All&dryRun=None',
  `fieldManager=${'m'.repeat(200)}`,
  'fieldManager=%00',
  'fieldValidation=Nope',
  'fieldValidation=Strict',
  'force=perhaps',
  'propagationPolicy=Nope&orphanDependents=true',
  'gracePeriodSeconds=-1',
  'gracePeriodSeconds=x',
  'timeout=banana',
  'timeout=-1s',
  'pretty=%00',
  'includeObject=Nope',
  'a=%zz&b=%',
  `x=${'y'.repeat(20_000)}`,
]

const accepts: readonly string[] = [
  'application/json;as=Table;v=v9;g=meta.k8s.io',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=Nope',
  'application/vnd.kubernetes.protobuf',
  'application/yaml',
  'application/cbor',
  'text/html',
  '*/*;q=x',
  ';;;,,,',
  `${'a/b,'.repeat(500)}a/b`,
]

const otherHeaders: readonly (readonly [string, string])[] = [
  ['impersonate-user', ''],
  ['impersonate-group', 'a'],
  ['impersonate-uid', 'x'],
  ['impersonate-user', 'system:serviceaccount:a'],
  ['impersonate-extra-%zz', 'x'],
  ['audit-id', 'x'.repeat(5000)],
  ['x-forwarded-for', '1.2.3.4, nonsense,,, ::1'],
  ['x-forwarded-for', ','.repeat(1000)],
  ['user-agent', '\u00ff'.repeat(2000)],
  ['accept-encoding', 'gzip;q=0, deflate, br'],
  ['content-encoding', 'gzip'],
  ['if-none-match', '"'],
  ['range', 'bytes=0-'],
  ['origin', 'null'],
]

const tokens: readonly string[] = [
  'Bearer',
  'Bearer x',
  'Bearer a.b.c',
  'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
  `Bearer ${'x'.repeat(8000)}`,
  'Basic eDp5',
  'Negotiate',
]

export function badRequest(chance: Chance): BadRequest {
  const [collection, template] = chance.one(Object.entries(templates))
  const method = chance.one(methods)
  const isOne = method !== 'POST' && chance.is(0.6)
  const known = isOne ? `${collection}/a${chance.is(0.1) ? '/status' : ''}` : collection
  const base = chance.is(0.3) ? chance.one(paths) : known
  const query = chance.is(0.5) ? chance.one(queries) : ''
  const path = query === '' ? base : `${base}${base.includes('?') ? '&' : '?'}${query}`
  const body = bodyOf(chance, method, template)
  return { method, path: escaped(path), headers: headersOf(chance, body), body: body?.bytes }
}

function bodyOf(
  chance: Chance,
  method: string,
  template: (typeof templates)[string],
): Body | undefined {
  if (method === 'PATCH' && chance.is(0.8)) return malformedPatch(chance, template as never)
  const isUsual = method === 'POST' || method === 'PUT' || method === 'PATCH'
  return chance.is(isUsual ? 0.95 : 0.1) ? malformedBody(chance, template as never) : undefined
}

function headersOf(chance: Chance, body: Body | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  if (body !== undefined && body.contentType !== '') {
    headers['content-type'] = chance.is(0.05)
      ? chance.one(['x', '/', ';', 'application/json;;'])
      : body.contentType
  }
  if (chance.is(0.2)) headers['accept'] = chance.one(accepts)
  if (chance.is(0.1)) headers['authorization'] = chance.one(tokens)
  if (chance.is(0.15)) {
    const [name, value] = chance.one(otherHeaders)
    headers[name] = value
  }
  return headers
}

/** What a client library would refuse to send at all. */
function escaped(path: string): string {
  return path.replace(/[^\u0021-\u007e]/gu, (found) => encodeURIComponent(found))
}

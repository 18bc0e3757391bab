import assert from 'node:assert/strict'
import test from 'node:test'
import { parseTarget } from './target.ts'

/** verb, group/version, namespace, resource, subresource, name */
const cases: readonly [request: string, info: string][] = [
  ['GET /api/v1/namespaces', 'list /v1 "" namespaces "" ""'],
  ['GET /api/v1/namespaces/other', 'get /v1 "other" namespaces "" "other"'],
  ['GET /api/v1/namespaces/other/status', 'get /v1 "other" namespaces "status" "other"'],
  ['PUT /api/v1/namespaces/other/finalize', 'update /v1 "other" namespaces "finalize" "other"'],
  ['GET /api/v1/namespaces/other/pods', 'list /v1 "other" pods "" ""'],
  ['GET /api/v1/namespaces/other/pods/foo', 'get /v1 "other" pods "" "foo"'],
  ['HEAD /api/v1/namespaces/other/pods/foo', 'get /v1 "other" pods "" "foo"'],
  ['GET /api/v1/pods', 'list /v1 "" pods "" ""'],
  ['HEAD /api/v1/pods', 'list /v1 "" pods "" ""'],
  ['GET /api/v1/watch/pods', 'watch /v1 "" pods "" ""'],
  ['GET /api/v1/watch/namespaces/other/pods', 'watch /v1 "other" pods "" ""'],
  ['GET /api/v1/pods?watch=true', 'watch /v1 "" pods "" ""'],
  ['GET /api/v1/pods?watch', 'watch /v1 "" pods "" ""'],
  ['GET /api/v1/pods?watch=1', 'watch /v1 "" pods "" ""'],
  ['GET /api/v1/pods?watch=false', 'list /v1 "" pods "" ""'],
  ['GET /api/v1/pods?watch=0', 'list /v1 "" pods "" ""'],
  ['GET /api/v1/namespaces/other/pods/foo?watch=1', 'get /v1 "other" pods "" "foo"'],
  ['POST /api/v1/namespaces/other/pods', 'create /v1 "other" pods "" ""'],
  ['PUT /api/v1/namespaces/other/pods/foo', 'update /v1 "other" pods "" "foo"'],
  ['PATCH /api/v1/namespaces/other/pods/foo', 'patch /v1 "other" pods "" "foo"'],
  ['DELETE /api/v1/namespaces/other/pods/foo', 'delete /v1 "other" pods "" "foo"'],
  ['DELETE /api/v1/namespaces/other/pods', 'deletecollection /v1 "other" pods "" ""'],
  ['POST /api/v1/namespaces/other/pods/foo/binding', 'create /v1 "other" pods "binding" "foo"'],
  ['GET /api/v1/namespaces/other/pods/foo/proxy/a/b', 'get /v1 "other" pods "proxy" "foo" /a/b'],
  ['GET /api/v1/namespaces/other/pods/foo/proxy/', 'get /v1 "other" pods "proxy" "foo" /'],
  ['GET /api/v1/namespaces/other/pods/foo/proxy/a/', 'get /v1 "other" pods "proxy" "foo" /a/'],
  ['OPTIONS /api/v1/namespaces/other/pods', ' /v1 "other" pods "" ""'],
  ['GET /apis/apps/v1/namespaces/x/deployments/d/scale', 'get apps/v1 "x" deployments "scale" "d"'],
  [
    'GET /apis/rbac.authorization.k8s.io/v1/clusterroles',
    'list rbac.authorization.k8s.io/v1 "" clusterroles "" ""',
  ],
  ['GET /api/v1/pods?fieldSelector=metadata.name%3Dfoo', 'list /v1 "" pods "" "foo"'],
  ['GET /api/v1/pods?fieldSelector=metadata.name%21%3Dfoo', 'list /v1 "" pods "" ""'],
  ['GET /api/v1/nodes/a%20b', 'get /v1 "" nodes "" "a b"'],
  ['GET /', 'path get /'],
  ['POST /api', 'path post /api'],
  ['GET /api/v1', 'path get /api/v1'],
  ['GET /apis/apps', 'path get /apis/apps'],
  ['GET /apis/apps/v1/', 'path get /apis/apps/v1/'],
  ['GET /healthz?verbose', 'path get /healthz'],
]

for (const [request, expected] of cases) {
  test(`${request} is ${expected}`, () => {
    const [method = '', url = ''] = request.split(' ')
    const { info } = parseTarget(method, url)
    const { verb, group, version, namespace, resource, subresource, name, subpath, path } = info
    const shown = info.isResource
      ? `${verb} ${group}/${version} "${namespace}" ${resource} "${subresource}" "${name}" ${subpath}`
      : `path ${verb} ${path}`
    assert.equal(shown.trimEnd(), expected)
  })
}

test('a bad escape is the client’s fault', () => {
  assert.throws(() => parseTarget('GET', '/api/v1/pods/%zz'), /invalid URL escape/)
})

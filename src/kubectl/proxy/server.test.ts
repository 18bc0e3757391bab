/** kubectl proxy before a whole API server: what it passes on, refuses, serves. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { addRunningPod, startKubectlWorld } from '#testing/kubectl.ts'
import { targetOf } from './server.ts'

const world = await startKubectlWorld()
after(() => world[Symbol.asyncDispose]())
await addRunningPod(world.transport, 'web')
const site = join(world.home, 'site')
await mkdir(join(site, 'sub'), { recursive: true })
await writeFile(join(site, 'page.html'), '<p>hello')
await writeFile(join(site, 'sub/index.html'), 'index')

const limit = { timeout: 20_000 }

async function proxied(argv: readonly string[], body: (url: string) => Promise<void>) {
  const kubectl = world.start(['proxy', '--port=0', ...argv])
  const [, place = ''] = await kubectl.printed(/Starting to serve on (.*)\n/)
  try {
    await body(`http://${place}`)
  } finally {
    kubectl.interrupt()
  }
  assert.equal(await kubectl.code, 0)
}

async function get(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual', ...init })
  return `${answer.status} ${(await answer.text()).trim()}`
}

test('requests reach the API server as the user of the kubeconfig', limit, async () => {
  await proxied([], async (url) => {
    const answer = await fetch(`${url}/api/v1/namespaces/default/pods/web?pretty=false`)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    assert.equal(((await answer.json()) as { kind: string }).kind, 'Pod')
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const who = await get(`${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer of-another' },
      body: JSON.stringify(review),
    })
    assert.match(who, /^201 .*"username":"kubernetes-admin"/)
  })
})

test('exec is refused, other hosts and methods too', limit, async () => {
  await proxied(['--reject-methods=^DELETE$'], async (url) => {
    const pod = `${url}/api/v1/namespaces/default/pods/web`
    assert.equal(await get(`${pod}/exec?command=date`), '403 Forbidden')
    assert.equal(await get(pod, { method: 'DELETE' }), '403 Forbidden')
    const status = await new Promise<number>((resolve, reject) => {
      const client = request(`${url}/api`, { headers: { host: 'evil.example' } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      client.once('error', reject)
      client.end()
    })
    assert.equal(status, 403)
  })
})

test('a watch passes as it comes', limit, async () => {
  await proxied([], async (url) => {
    const ending = new AbortController()
    const answer = await fetch(`${url}/api/v1/namespaces/default/pods?watch=true`, {
      signal: ending.signal,
    })
    const { value } = (await answer.body?.getReader().read()) ?? {}
    assert.match(Buffer.from(value ?? []).toString(), /^\{"type":"ADDED"/)
    ending.abort()
  })
})

test('another prefix, and files', limit, async () => {
  await proxied(['--api-prefix=/custom', `--www=${site}`], async (url) => {
    assert.match(await get(`${url}/custom/version`), /^200 \{[^]*"gitVersion"/)
    assert.equal(await get(`${url}/version`), '404 404 page not found')
    assert.equal(await get(`${url}/static/page.html`), '200 <p>hello')
    assert.equal(await get(`${url}/static/sub/`), '200 index')
    assert.match(await get(`${url}/static/`), /<a href="page.html">page.html<\/a>/)
    assert.equal((await get(`${url}/static/sub`)).slice(0, 3), '301')
    assert.equal(await get(`${url}/static/%2e%2e/kubeconfig`), '404 404 page not found')
    assert.equal(await get(`${url}/static/..%2fkubeconfig`), '404 404 page not found')
  })
})

for (const webSockets of ['true', 'false']) {
  test(`exec through it, with WebSockets ${webSockets}`, limit, async () => {
    await proxied(['--reject-paths=^$'], async (url) => {
      const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets }
      const argv = ['--server', url, 'exec', '-i', 'web', '--', 'cat']
      const exec = world.start(argv, { env })
      exec.stdin.end('through\n')
      assert.equal(await exec.code, 0, exec.stderr)
      assert.equal(exec.stdout, 'through\n')
    })
  })
}

test('a socket in the file system', limit, async () => {
  const socketPath = join(world.home, 'socket')
  const kubectl = world.start(['proxy', '-u', socketPath])
  await kubectl.printed(/Starting to serve on .*socket\n/)
  const status = await new Promise<number>((resolve, reject) => {
    const client = request(
      { socketPath, path: '/version', headers: { host: 'localhost' } },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    client.once('error', reject)
    client.end()
  })
  assert.equal(status, 200)
  kubectl.interrupt()
  assert.equal(await kubectl.code, 0)
})

const options = {
  apiPrefix: '/',
  staticPrefix: '/static/',
  staticFolder: '/site',
  filter: undefined,
  appendServerPath: false,
  keepAliveMs: 0,
}

for (const { url, apiPrefix, target } of [
  { url: '/api?a=b', apiPrefix: '/', target: { type: 'api', path: '/api?a=b' } },
  { url: '/static/a', apiPrefix: '/', target: { type: 'file', path: '/a' } },
  { url: '/custom/api', apiPrefix: '/custom/', target: { type: 'api', path: '/api' } },
  { url: '/other', apiPrefix: '/custom/', target: { type: 'nothing' } },
  { url: '/api/v1', apiPrefix: '/api/', target: { type: 'api', path: '/api/v1' } },
  { url: '/static/x/y', apiPrefix: '/static/x/', target: { type: 'api', path: '/y' } },
]) {
  test(`${url} with the API at ${apiPrefix}: ${JSON.stringify(target)}`, () => {
    const asked = { method: 'GET', url, headers: {} }
    assert.deepEqual(targetOf(asked, { ...options, apiPrefix }), target)
  })
}

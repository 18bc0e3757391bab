import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Container, Probe } from '#api/core/v1.gen.ts'
import type { CriClient } from '#cri/client.ts'
import { GrpcError } from '#base/grpc-error.ts'
import { check } from './check.ts'
import type { Check } from './check.ts'
import { begin, judge } from './judgement.ts'

const options = { timeout: 10_000 }

function checkOf(probe: Probe, container: Partial<Container> = {}, cri = {}): Promise<Check> {
  return check(
    probe,
    { container: { name: 'c', ...container }, containerId: 'id', podIp: '127.0.0.1' },
    cri as CriClient,
    new AbortController().signal,
  )
}

async function withServer(
  handler: RequestListener,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    await body((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const answers = [
  [200, 'success', 'fine'],
  [399, 'success', 'fine'],
  [400, 'failure', 'HTTP probe failed with statuscode: 400'],
  [503, 'failure', 'HTTP probe failed with statuscode: 503'],
] as const

for (const [statusCode, result, output] of answers) {
  test(`an answer of ${statusCode} is a ${result}`, options, () =>
    withServer(
      (_request, response) => response.writeHead(statusCode).end('fine'),
      async (port) => {
        assert.deepEqual(await checkOf({ httpGet: { port } }), { result, output })
      },
    ),
  )
}

test('headers, path and named ports', options, () => {
  const seen: unknown[] = []
  return withServer(
    (request, response) => {
      seen.push(
        request.url,
        request.headers['user-agent'],
        request.headers['x-mine'],
        request.headers.host,
      )
      response.end()
    },
    async (port) => {
      const httpHeaders = [
        { name: 'X-Mine', value: 'yes' },
        { name: 'Host', value: 'example.com' },
      ]
      const ports = [{ name: 'web', containerPort: port }]
      await checkOf({ httpGet: { port: 'web', path: '/health?x=1', httpHeaders } }, { ports })
      assert.deepEqual(seen, ['/health?x=1', 'kube-probe/1.36', 'yes', 'example.com'])
    },
  )
})

test('redirects are followed on the same host, and reported to another', options, () =>
  withServer(
    (request, response) => {
      const location = request.url === '/a' ? '/b' : 'http://elsewhere.example/'
      if (request.url === '/b') response.end('landed')
      else response.writeHead(302, { location }).end('moved')
    },
    async (port) => {
      assert.deepEqual(await checkOf({ httpGet: { port, path: '/a' } }), {
        result: 'success',
        output: 'landed',
      })
      assert.equal((await checkOf({ httpGet: { port, path: '/away' } })).result, 'warning')
    },
  ),
)

test('a server that is slow fails with the words of Go', options, () =>
  withServer(
    () => undefined,
    async (port) => {
      const { result, output } = await checkOf({ httpGet: { port }, timeoutSeconds: 1 })
      assert.equal(result, 'failure')
      assert.equal(
        output,
        `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      )
    },
  ),
)

async function closedPort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}

test('nobody listens', options, async () => {
  const port = await closedPort()
  const refused = `dial tcp 127.0.0.1:${port}: connect: connection refused`
  assert.deepEqual(await checkOf({ tcpSocket: { port } }), { result: 'failure', output: refused })
  assert.deepEqual(await checkOf({ httpGet: { port } }), {
    result: 'failure',
    output: `Get "http://127.0.0.1:${port}/": ${refused}`,
  })
  const { output } = await checkOf({ grpc: { port } })
  assert.match(
    output,
    new RegExp(`^timeout: failed to connect service "127.0.0.1:${port}" within 1s`),
  )
})

test('somebody listens', options, () =>
  withServer(
    () => undefined,
    async (port) => {
      assert.equal((await checkOf({ tcpSocket: { port } })).result, 'success')
    },
  ),
)

const executions = [
  [{ exitCode: 0, stdout: 'ok', stderr: '' }, 'success', 'ok'],
  [{ exitCode: 1, stdout: 'a', stderr: 'b' }, 'failure', 'ab'],
] as const

for (const [answer, result, output] of executions) {
  test(`a command that exits with ${answer.exitCode} is a ${result}`, async () => {
    const execSync = async () => ({
      exitCode: answer.exitCode,
      stdout: Buffer.from(answer.stdout),
      stderr: Buffer.from(answer.stderr),
    })
    assert.deepEqual(await checkOf({ exec: { command: ['x'] } }, {}, { execSync }), {
      result,
      output,
    })
  })
}

test('a command that takes too long is a failure, one that cannot run an error', async () => {
  const refusing = (error: GrpcError) => ({ execSync: () => Promise.reject(error) })
  const slow = refusing(
    new GrpcError('Unknown', 'failed to exec in container: timeout 1s exceeded'),
  )
  assert.deepEqual(await checkOf({ exec: { command: ['sleep', '9'] } }, {}, slow), {
    result: 'failure',
    output: 'command timed out: "sleep 9" timed out after 1s',
  })
  const broken = refusing(new GrpcError('NotFound', 'no such container'))
  await assert.rejects(checkOf({ exec: { command: ['x'] } }, {}, broken), /no such container/)
})

const nothingKnown = { started: false, ready: false }

/** `s` and `f` one after another → the verdicts, `-` for none. */
function judged(kind: Parameters<typeof begin>[0], results: string, probe: Probe): string {
  let judgement = begin(kind, nothingKnown)
  return Array.from(results)
    .map((result) => {
      judgement = judge(judgement, result === 's' ? 'success' : 'failure', probe)
      return judgement.verdict?.charAt(0) ?? '-'
    })
    .join('')
}

const verdicts = [
  ['readiness', 'ssffs', { failureThreshold: 2 }, 'sssfs'],
  ['readiness', 'sssf', { successThreshold: 3, failureThreshold: 1 }, 'ffsf'],
  ['liveness', 'fffs', {}, 'ssfs'],
  ['liveness', 'ffsff', {}, 'sssss'],
  ['startup', 'ffs', { failureThreshold: 5 }, '--s'],
  ['startup', 'ff', { failureThreshold: 2 }, '-f'],
] as const

for (const [kind, results, probe, expected] of verdicts) {
  test(`${kind} ${JSON.stringify(probe)}: ${results} → ${expected}`, () => {
    assert.equal(judged(kind, results, probe), expected)
  })
}

test('what a kubelet before this one found is believed', () => {
  assert.equal(begin('readiness', { started: true, ready: true }).verdict, 'success')
  assert.equal(begin('startup', { started: true, ready: false }).verdict, 'success')
})

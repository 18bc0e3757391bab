/**
 * Thousands of requests that should not be. None may end the server, leak, or be answered by anything but
 * a Status or a text. `K8TS_FUZZ=50000` runs as many, `K8TS_FUZZ_SEED` begins elsewhere.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectPlain } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { after } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isStatus } from '#api/meta/status.ts'
import type { Logger } from '#base/logger.ts'
import { silentLogger } from '#base/logger.ts'
import { startTestApiServer } from '#testing/api-server.ts'
import { badHttp1, badHttp2 } from '#testing/fuzz/bytes.ts'
import { Chance } from '#testing/fuzz/random.ts'
import { badRequest } from '#testing/fuzz/requests.ts'
import type { BadRequest } from '#testing/fuzz/requests.ts'
import { http2Client } from '#testing/raw-http.ts'
import type { RawResponse } from '#testing/raw-http.ts'

const count = Number(process.env['K8TS_FUZZ'] ?? 2_000)
const seed = Number(process.env['K8TS_FUZZ_SEED'] ?? 1)
const parallel = 16
/** Longer than any request may take, save a watch. */
const patienceMs = 10_000

/** What the server itself calls a bug, once for each place in the code. */
const bugs = new Map<string, string>()
const log: Logger = {
  ...silentLogger,
  error: (message, error, values) => {
    if (isStatus(error, 'Invalid')) return // a repair lost a race, and is done again
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const place = what.split('\n').slice(0, 4).join('\n')
    if (!bugs.has(place)) bugs.set(place, `${message} ${JSON.stringify(values)}\n${what}`)
  },
  named: () => log,
}
const { server, pki, ...running } = await startTestApiServer({
  log,
  headersTimeoutMs: 1_000,
  serving: { requestTimeoutMs: 5_000 },
})
const target = { port: server.port, ca: pki.ca.certificate, identity: pki.admin }
after(() => running[Symbol.asyncDispose]())

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Usage {
  readonly heapBytes: number
  readonly handles: number
}

async function usage(): Promise<Usage> {
  await sleep(50)
  collectGarbage()
  await sleep(50)
  collectGarbage()
  const kinds = new Set(['TCPSocketWrap', 'TLSWrap', 'HTTP2Session', 'Timeout'])
  const handles = process.getActiveResourcesInfo().filter((kind) => kinds.has(kind)).length
  return { heapBytes: process.memoryUsage().heapUsed, handles }
}

/** Shares a connection with others, until one of them breaks it. */
class Client {
  #client = http2Client(target)

  /** `silent`: there was no answer in time. */
  async send(request: BadRequest): Promise<RawResponse | 'refused' | 'silent'> {
    const { method, path, headers, body } = request
    const client = this.#client
    const sent = client.send({ method, path, headers, ...(body !== undefined && { body }) })
    const refused = sent.catch(() => 'refused' as const) // below HTTP there are no answers
    const timer = new AbortController()
    const late = sleep(patienceMs, 'silent' as const, { signal: timer.signal })
    const answer = await Promise.race([refused, late])
    timer.abort()
    late.catch(() => {})
    if (typeof answer === 'string' && client === this.#client) {
      client[Symbol.dispose]()
      this.#client = http2Client(target)
    }
    return answer
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]()
  }
}

function describe(request: BadRequest): string {
  const body = JSON.stringify(request.body?.toString('latin1').slice(0, 400) ?? '')
  return `${request.method} ${request.path.slice(0, 200)} ${JSON.stringify(request.headers).slice(0, 300)} ${body}`
}

/** Undefined: as it should be. */
function problemWith(
  { status, headers, body }: RawResponse,
  request: BadRequest,
): string | undefined {
  if (status < 400) return undefined
  const type = String(headers['content-type'])
  const text = body.toString()
  if (request.method === 'HEAD') return body.length === 0 ? undefined : 'HEAD has a body'
  if (type.startsWith('text/plain')) return text === '' ? 'an empty text' : undefined
  if (type === 'application/yaml')
    return text.includes('kind: Status') ? undefined : `no Status: ${text}`
  if (type === 'application/vnd.kubernetes.protobuf') {
    return text.startsWith('k8s\0') && text.includes('Status') ? undefined : 'no Status in protobuf'
  }
  if (!type.startsWith('application/json')) return `a ${status} of type ${type}`
  const value = JSON.parse(text) as { kind?: string; code?: number; paths?: unknown }
  if (value.kind === 'Status' && value.code === status) return undefined
  if (status === 404 && Array.isArray(value.paths)) return undefined
  if (status === 201 || status === 200) return undefined
  return `a ${status} that is no Status: ${text.slice(0, 200)}`
}

/** Sends what is no request and waits until the server has had enough, or has nothing to say. */
async function sendBytes(open: () => Socket, event: string, bytes: Buffer): Promise<void> {
  const socket = open()
  socket.on('error', () => {})
  socket.resume()
  try {
    await once(socket, event, { signal: AbortSignal.timeout(5_000) })
    socket.write(bytes)
    await Promise.race([once(socket, 'close'), sleep(150, undefined, { ref: false })])
  } catch {
    // refused, which is an answer
  } finally {
    socket.destroy()
  }
}

const tls = (protocol: string) => () =>
  connectTls({ port: server.port, host: '127.0.0.1', ca: target.ca, ALPNProtocols: [protocol] })
const plain = () => connectPlain({ port: server.port, host: '127.0.0.1' })

async function attack(chance: Chance, client: Client): Promise<string | undefined> {
  const kind = chance.below(100)
  if (kind < 2) await sendBytes(plain, 'connect', chance.bytes(1 + chance.below(400)))
  else if (kind < 4) await sendBytes(tls('http/1.1'), 'secureConnect', badHttp1(chance))
  else if (kind < 6) await sendBytes(tls('h2'), 'secureConnect', badHttp2(chance))
  else {
    const request = badRequest(chance)
    const answer = await client.send(request)
    if (answer === 'refused') return undefined
    if (answer === 'silent') return isWatch(request) ? undefined : `no answer\n${describe(request)}`
    const problem = problemWith(answer, request)
    if (problem !== undefined) return `${problem}\n${describe(request)}`
  }
  return undefined
}

function isWatch({ path }: BadRequest): boolean {
  return path.includes('watch')
}

async function run(attacks: number, from: number): Promise<readonly string[]> {
  const problems: string[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    using client = new Client()
    for (let index = next++; index < attacks; index = next++) {
      const problem = await attack(new Chance(from + index), client)
      if (problem !== undefined) problems.push(`seed ${from + index}: ${problem}`)
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  return problems
}

test(`${count} malformed requests`, { timeout: 60_000 + count * 100 }, async (t) => {
  const warmUp = Math.min(500, count / 4)
  const problems = [...(await run(warmUp, seed))]
  const before = await usage()
  problems.push(...(await run(count - warmUp, seed + warmUp)))
  const afterwards = await usage()
  t.diagnostic(
    `heap ${(before.heapBytes / 1e6).toFixed(1)} → ${(afterwards.heapBytes / 1e6).toFixed(1)} MB, handles ${before.handles} → ${afterwards.handles}`,
  )
  assert.deepEqual([...bugs.values(), ...problems].slice(0, 10), [])
  using client = http2Client(target)
  assert.equal((await client.send({ path: '/livez' })).status, 200)
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  // The store may have grown by what was let in; a leak of each request would be far more.
  const grownBytes = afterwards.heapBytes - before.heapBytes
  assert.ok(grownBytes < 30e6 + count * 200, `the heap grew by ${grownBytes} bytes`)
  assert.ok(afterwards.handles <= before.handles + 4, `${afterwards.handles} handles are left`)
})

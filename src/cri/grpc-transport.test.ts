import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import { criClient, criCodec } from './client.ts'
import { grpcTransport } from './grpc-transport.ts'

const path = (method: string): string => `/runtime.v1.RuntimeService/${method}`
const asIs = (bytes: Buffer): Buffer => bytes

function method(name: string, responseStream = false) {
  return {
    path: path(name),
    requestStream: false,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  }
}

async function withServer(body: (socket: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'grpc-'))
  const server = new Server()
  const definition = {
    Version: method('Version'),
    StartContainer: method('StartContainer'),
    GetContainerEvents: method('GetContainerEvents', true),
  }
  server.addService(definition, {
    Version: (_call: unknown, answer: (error: null, bytes: Buffer) => void) =>
      answer(null, criCodec.encode('VersionResponse', { runtimeName: 'fake' })),
    StartContainer: (call: { request: Buffer }, answer: (error: object) => void) => {
      const { containerId } = criCodec.decode<{ containerId: string }>(
        'StartContainerRequest',
        call.request,
      )
      if (containerId === 'slow') return
      answer({ code: status.NOT_FOUND, details: `no container ${containerId}` })
    },
    GetContainerEvents: (call: { write(bytes: Buffer): void }) => {
      call.write(Buffer.from('one'))
    },
  })
  const socket = join(folder, 's.sock')
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    )
  })
  try {
    await body(socket)
  } finally {
    server.forceShutdown()
    rmSync(folder, { recursive: true })
  }
}

const options = { timeout: 10_000 }

test('a call and its answer', options, () =>
  withServer(async (socket) => {
    await using client = criClient(grpcTransport(socket))
    assert.equal((await client.version()).runtimeName, 'fake')
  }),
)

test("a refusal keeps its code and the runtime's words", options, () =>
  withServer(async (socket) => {
    await using client = criClient(grpcTransport(`unix://${socket}`))
    await assert.rejects(client.startContainer('x'), {
      code: 'NotFound',
      details: 'no container x',
      message: 'rpc error: code = NotFound desc = no container x',
    })
  }),
)

test('a call ends with its signal', options, () =>
  withServer(async (socket) => {
    await using client = criClient(grpcTransport(socket))
    const stop = new AbortController()
    const call = client.startContainer('slow', { signal: stop.signal })
    stop.abort()
    await assert.rejects(call, { code: 'Canceled' })
  }),
)

test('a call ends at its deadline', options, () =>
  withServer(async (socket) => {
    await using transport = grpcTransport(socket)
    const request = criCodec.encode('StartContainerRequest', { containerId: 'slow' })
    await assert.rejects(
      transport.unary({ path: path('StartContainer'), request, timeoutMs: 50 }),
      { code: 'DeadlineExceeded' },
    )
  }),
)

test('a stream ends with its signal', options, () =>
  withServer(async (socket) => {
    await using transport = grpcTransport(socket)
    const stop = new AbortController()
    const found: string[] = []
    const call = { path: path('GetContainerEvents'), request: Buffer.alloc(0), signal: stop.signal }
    for await (const bytes of transport.stream(call)) {
      found.push(Buffer.from(bytes).toString())
      stop.abort()
    }
    assert.deepEqual(found, ['one'])
  }),
)

test('a runtime that is not there is unavailable', options, async () => {
  await using transport = grpcTransport('/nowhere/s.sock')
  await assert.rejects(
    transport.unary({ path: path('Version'), request: Buffer.alloc(0), timeoutMs: 2_000 }),
    { code: 'Unavailable' },
  )
})

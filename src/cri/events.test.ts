import assert from 'node:assert/strict'
import { test } from 'node:test'
import { criCodec } from './client.ts'
import { codec } from '#base/protobuf/codec.ts'
import { runtimeEvents } from './events.ts'
import { GrpcError, grpcCode } from '#base/grpc-error.ts'
import type { GrpcTransport } from './transport.ts'

/** As containerd writes its events. */
const containerd = codec({
  messages: {
    Envelope: [
      ['namespace', 'string', 2, 'one'],
      ['topic', 'string', 3, 'one'],
      ['event', 'Any', 4, 'one'],
    ],
    Any: [
      ['typeUrl', 'string', 1, 'one'],
      ['value', 'bytes', 2, 'one'],
    ],
    TaskExit: [
      ['containerId', 'string', 1, 'one'],
      ['id', 'string', 2, 'one'],
      ['pid', 'uint32', 3, 'one'],
    ],
    TaskDelete: [
      ['containerId', 'string', 1, 'one'],
      ['id', 'string', 5, 'one'],
    ],
  },
  enums: {},
})

function envelope(topic: string, message: string, event: object): Buffer {
  const value = containerd.encode(message, event)
  return containerd.encode('Envelope', { namespace: 'k8s.io', topic, event: { value } })
}

function transportOf(
  streams: Readonly<Record<string, readonly Buffer[] | GrpcError>>,
): GrpcTransport {
  return {
    unary: () => assert.fail('no such call'),
    async *stream({ path }) {
      const answers = streams[path.slice(path.lastIndexOf('/') + 1)] ?? []
      if (answers instanceof GrpcError) throw answers
      yield* answers
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

async function collect(transport: GrpcTransport): Promise<string[]> {
  const found: string[] = []
  for await (const { id, type } of runtimeEvents(transport, new AbortController().signal)) {
    found.push(`${id} ${type}`)
  }
  return found
}

test('CRI events, where the runtime has them', async () => {
  const event = (containerId: string, containerEventType: string): Buffer =>
    criCodec.encode('ContainerEventResponse', { containerId, containerEventType })
  const GetContainerEvents = [
    event('a', 'CONTAINER_CREATED_EVENT'),
    event('a', 'CONTAINER_STARTED_EVENT'),
    event('a', 'CONTAINER_STOPPED_EVENT'),
  ]
  assert.deepEqual(await collect(transportOf({ GetContainerEvents })), ['a started', 'a stopped'])
})

test("containerd's own events otherwise; what exec adds is no container", async () => {
  const Subscribe = [
    envelope('/tasks/exit', 'TaskExit', { containerId: 'a', id: 'exec-1', pid: 7 }),
    envelope('/tasks/exit', 'TaskExit', { containerId: 'a', id: 'a', pid: 6 }),
    envelope('/tasks/delete', 'TaskDelete', { containerId: 'a', id: 'exec-1' }),
    envelope('/tasks/delete', 'TaskDelete', { containerId: 'a' }),
    envelope('/images/create', 'TaskExit', { containerId: 'b' }),
  ]
  const GetContainerEvents = new GrpcError('Unimplemented', 'unknown method')
  assert.deepEqual(await collect(transportOf({ GetContainerEvents, Subscribe })), [
    'a stopped',
    'a deleted',
  ])
})

test('a runtime that goes away is an error', async () => {
  const GetContainerEvents = new GrpcError('Unavailable', 'gone')
  await assert.rejects(collect(transportOf({ GetContainerEvents })), {
    message: 'rpc error: code = Unavailable desc = gone',
  })
  assert.equal(grpcCode(99), 'Unknown')
})

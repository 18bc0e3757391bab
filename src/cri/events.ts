/**
 * What happens in the runtime, as it happens: CRI's GetContainerEvents, or, where the runtime has not
 * got it (containerd before 1.7), containerd's own event service on the same socket.
 */
import { criCodec } from './client.ts'
import { codec } from '#base/protobuf/codec.ts'
import type { ContainerEventResponse } from './messages.gen.ts'
import { isGrpc } from '#base/grpc-error.ts'
import type { GrpcTransport } from './transport.ts'

export interface RuntimeEvent {
  /** A container, or a pod's sandbox. */
  readonly id: string
  readonly type: 'started' | 'stopped' | 'oom' | 'deleted'
}

interface Envelope {
  topic: string
  event?: { value: Uint8Array }
}

interface TaskEvent {
  containerId: string
  process?: string
}

const containerdCodec = codec({
  messages: {
    SubscribeRequest: [['filters', 'string', 1, 'many']],
    Envelope: [
      ['namespace', 'string', 2, 'one'],
      ['topic', 'string', 3, 'one'],
      ['event', 'Any', 4, 'one'],
    ],
    Any: [['value', 'bytes', 2, 'one']],
    // TaskStart, TaskExit, TaskDelete and TaskOOM all begin with the container's id; an exit and a
    // delete also say which process it was: the container's own, or one that was added by exec.
    TaskStart: [['containerId', 'string', 1, 'one']],
    TaskOOM: [['containerId', 'string', 1, 'one']],
    TaskExit: [
      ['containerId', 'string', 1, 'one'],
      ['process', 'string', 2, 'one'],
    ],
    TaskDelete: [
      ['containerId', 'string', 1, 'one'],
      ['process', 'string', 5, 'one'],
    ],
  },
  enums: {},
})

const topics: Readonly<Record<string, { type: RuntimeEvent['type']; message: string }>> = {
  '/tasks/start': { type: 'started', message: 'TaskStart' },
  '/tasks/exit': { type: 'stopped', message: 'TaskExit' },
  '/tasks/oom': { type: 'oom', message: 'TaskOOM' },
  '/tasks/delete': { type: 'deleted', message: 'TaskDelete' },
}

const criTypes = {
  CONTAINER_CREATED_EVENT: undefined,
  CONTAINER_STARTED_EVENT: 'started',
  CONTAINER_STOPPED_EVENT: 'stopped',
  CONTAINER_DELETED_EVENT: 'deleted',
} as const

/** Yields events until the signal aborts; throws a GrpcError when the runtime goes away. */
export async function* runtimeEvents(
  transport: GrpcTransport,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  try {
    yield* criEvents(transport, signal)
  } catch (error) {
    if (!isGrpc(error, 'Unimplemented')) throw error
    yield* containerdEvents(transport, signal)
  }
}

async function* criEvents(
  transport: GrpcTransport,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  const path = '/runtime.v1.RuntimeService/GetContainerEvents'
  const request = criCodec.encode('GetEventsRequest', {})
  for await (const bytes of transport.stream({ path, request, signal })) {
    const event = criCodec.decode<ContainerEventResponse>('ContainerEventResponse', bytes)
    const type = criTypes[event.containerEventType]
    if (type !== undefined) yield { id: event.containerId, type }
  }
}

async function* containerdEvents(
  transport: GrpcTransport,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  const path = '/containerd.services.events.v1.Events/Subscribe'
  const filters = Object.keys(topics).map((topic) => `namespace==k8s.io,topic=="${topic}"`)
  const request = containerdCodec.encode('SubscribeRequest', { filters })
  for await (const bytes of transport.stream({ path, request, signal })) {
    const envelope = containerdCodec.decode<Envelope>('Envelope', bytes)
    const topic = topics[envelope.topic]
    if (topic === undefined || envelope.event === undefined) continue
    const { containerId, process = '' } = containerdCodec.decode<TaskEvent>(
      topic.message,
      envelope.event.value,
    )
    if (process === '' || process === containerId) yield { id: containerId, type: topic.type }
  }
}

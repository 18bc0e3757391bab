/** gRPC over a unix socket. The channel connects when it is first used and reconnects by itself. */
import { Client, Metadata, credentials } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { GrpcError, grpcCode } from '#base/grpc-error.ts'
import type { GrpcCall, GrpcTransport } from './transport.ts'

const channelOptions = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // A restarted runtime must be found again at once, not after gRPC's usual two minutes.
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // Upstream's kubelet: maxMsgSize in pkg/kubelet/cri/remote.
  'grpc.max_receive_message_length': 16 * 1024 * 1024,
  'grpc.max_send_message_length': 16 * 1024 * 1024,
}

/** Opens a channel to `endpoint`: `unix:///run/containerd/containerd.sock`, a path, or `ipv4:10.0.0.1:50051`. */
export function grpcTransport(endpoint: string): GrpcTransport {
  const target = endpoint.startsWith('/') ? `unix://${endpoint}` : endpoint
  const client = new Client(target, credentials.createInsecure(), channelOptions)
  return {
    unary: (call) => unary(client, call),
    stream: (call) => stream(client, call),
    [Symbol.asyncDispose]: () => {
      client.close()
      return Promise.resolve()
    },
  }
}

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const asIs = (bytes: Buffer): Uint8Array => bytes

function unary(client: Client, call: GrpcCall): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (call.signal?.aborted === true) return reject(new GrpcError('Canceled', 'context canceled'))
    // gRPC counts deadlines on the wall clock of the process; that is its own affair.
    const deadline = new Date(new Date().getTime() + call.timeoutMs)
    const request = client.makeUnaryRequest(
      call.path,
      toBuffer,
      asIs,
      call.request,
      new Metadata(),
      { deadline },
      (error, answer) => {
        call.signal?.removeEventListener('abort', cancel)
        if (error !== null) reject(grpcError(error))
        else resolve(answer ?? Buffer.alloc(0))
      },
    )
    const cancel = (): void => request.cancel()
    call.signal?.addEventListener('abort', cancel, { once: true })
  })
}

async function* stream(
  client: Client,
  call: Omit<GrpcCall, 'timeoutMs'>,
): AsyncGenerator<Uint8Array> {
  const { signal } = call
  const aborted = (): boolean => signal?.aborted === true
  if (aborted()) return
  const answers = client.makeServerStreamRequest(
    call.path,
    toBuffer,
    asIs,
    call.request,
    new Metadata(),
  )
  const cancel = (): void => answers.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    for await (const answer of answers) yield answer as Uint8Array
  } catch (error) {
    if (!aborted()) throw grpcError(error as ServiceError)
  } finally {
    signal?.removeEventListener('abort', cancel)
    answers.cancel()
  }
}

function grpcError(error: Partial<ServiceError>): GrpcError {
  return new GrpcError(grpcCode(error.code ?? 2), error.details ?? error.message ?? '')
}

/** gRPC's health protocol, as probes use it. Upstream: pkg/probe/grpc/grpc.go at v1.36. */
import { codec } from '#base/protobuf/codec.ts'
import { grpcTransport } from './grpc-transport.ts'

const healthCodec = codec({
  messages: {
    HealthCheckRequest: [['service', 'string', 1, 'one']],
    HealthCheckResponse: [['status', 'ServingStatus', 1, 'one']],
  },
  enums: { ServingStatus: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } },
})

/** Asks a server how a service is; resolves with its word, rejects with a GrpcError. */
export async function grpcHealth(
  address: { host: string; port: number },
  service: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<string> {
  const ipv6 = address.host.includes(':')
  const host = ipv6 ? `[${address.host}]` : address.host
  await using transport = grpcTransport(`${ipv6 ? 'ipv6' : 'ipv4'}:${host}:${address.port}`)
  const answer = await transport.unary({
    path: '/grpc.health.v1.Health/Check',
    request: healthCodec.encode('HealthCheckRequest', { service }),
    ...options,
  })
  return healthCodec.decode<{ status: string }>('HealthCheckResponse', answer).status
}

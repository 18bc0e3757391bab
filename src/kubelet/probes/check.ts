/** One try of a probe. Upstream: pkg/kubelet/prober/prober.go, pkg/probe/*, at v1.36. */
import { connect } from 'node:net'
import type { Container, ExecAction, GRPCAction, Probe, TCPSocketAction } from '#api/core/v1.gen.ts'
import type { CriClient } from '#cri/client.ts'
import { grpcHealth } from '#cri/health.ts'
import { GrpcError } from '#base/grpc-error.ts'
import { expand } from '#kubelet/container/expand.ts'
import { limits } from '#kubelet/limits.ts'
import { httpGet, portNumber } from './http.ts'
import { connectFailure } from '#base/net-error.ts'

export interface Check {
  readonly result: 'success' | 'warning' | 'failure'
  readonly output: string
}

export interface CheckTarget {
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
}

/** Rejects when the probe itself could not be made. */
export async function check(
  probe: Probe,
  target: CheckTarget,
  cri: CriClient,
  signal: AbortSignal,
): Promise<Check> {
  const timeoutMs = Math.max(1, probe.timeoutSeconds ?? 1) * 1000
  if (probe.exec !== undefined) return execCheck(probe.exec, target, { cri, timeoutMs, signal })
  if (probe.httpGet !== undefined) {
    return httpCheck(probe.httpGet, target, { timeoutMs, signal })
  }
  if (probe.tcpSocket !== undefined) {
    return tcpCheck(probe.tcpSocket, target, { timeoutMs, signal })
  }
  if (probe.grpc !== undefined) return grpcCheck(probe.grpc, target, { timeoutMs, signal })
  throw new Error(`missing probe handler for ${target.container.name}`)
}

interface Limits {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

async function execCheck(
  action: ExecAction,
  { container, containerId }: CheckTarget,
  { cri, timeoutMs, signal }: Limits & { cri: CriClient },
): Promise<Check> {
  // Only values written in the spec are known here, as upstream has it.
  const values = new Map((container.env ?? []).map(({ name, value }) => [name, value]))
  const cmd = (action.command ?? []).map((part) => expand(part, (name) => values.get(name)))
  try {
    const answer = await cri.execSync({ containerId, cmd, timeout: timeoutMs / 1000 }, { signal })
    const output = Buffer.concat([answer.stdout, answer.stderr])
    return {
      result: answer.exitCode === 0 ? 'success' : 'failure',
      output: output.subarray(0, limits.probeResponseBytesMax).toString(),
    }
  } catch (error) {
    if (!timedOut(error)) throw error
    const seconds = `${timeoutMs / 1000}s`
    return {
      result: 'failure',
      output: `command timed out: "${cmd.join(' ')}" timed out after ${seconds}`,
    }
  }
}

/** Runtimes tell of it by code, or (containerd before 1.7) by words only. */
function timedOut(error: unknown): boolean {
  return (
    error instanceof GrpcError &&
    (error.code === 'DeadlineExceeded' || /timeout \S+ exceeded/.test(error.details))
  )
}

async function httpCheck(
  action: NonNullable<Probe['httpGet']>,
  { container, podIp }: CheckTarget,
  { timeoutMs, signal }: Limits,
): Promise<Check> {
  const port = portNumber(action.port, container)
  try {
    const agent = 'kube-probe/1.36'
    const answer = await httpGet({ ...action, port }, container, {
      podIp,
      timeoutMs,
      signal,
      agent,
    })
    if (answer.redirectedAway) {
      return {
        result: 'warning',
        output: `Probe terminated redirects, Response body: ${answer.body}`,
      }
    }
    if (answer.statusCode >= 200 && answer.statusCode < 400) {
      return { result: 'success', output: answer.body }
    }
    return { result: 'failure', output: `HTTP probe failed with statuscode: ${answer.statusCode}` }
  } catch (error) {
    signal.throwIfAborted()
    return { result: 'failure', output: error instanceof Error ? error.message : String(error) }
  }
}

async function tcpCheck(
  action: TCPSocketAction,
  { container, podIp }: CheckTarget,
  { timeoutMs, signal }: Limits,
): Promise<Check> {
  const port = portNumber(action.port, container)
  const host = action.host === undefined || action.host === '' ? podIp : action.host
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const deadline = AbortSignal.timeout(timeoutMs)
  const { promise, resolve } = Promise.withResolvers<Check>()
  const socket = connect({ host, port, signal: AbortSignal.any([signal, deadline]) })
  socket.once('connect', () => resolve({ result: 'success', output: '' }))
  socket.once('error', (error) => {
    const output = deadline.aborted
      ? `dial tcp ${address}: i/o timeout`
      : connectFailure(error, address)
    resolve({ result: 'failure', output })
  })
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}

async function grpcCheck(
  { port, service = '' }: GRPCAction,
  { podIp }: CheckTarget,
  { timeoutMs, signal }: Limits,
): Promise<Check> {
  try {
    const status = await grpcHealth({ host: podIp, port }, service, { timeoutMs, signal })
    if (status === 'SERVING') return { result: 'success', output: 'service healthy' }
    return { result: 'failure', output: `service unhealthy (responded with "${status}")` }
  } catch (error) {
    signal.throwIfAborted()
    return { result: 'failure', output: grpcFailure(error, `${podIp}:${port}`, timeoutMs) }
  }
}

function grpcFailure(error: unknown, address: string, timeoutMs: number): string {
  if (!(error instanceof GrpcError)) return String(error)
  switch (error.code) {
    case 'Unimplemented':
      return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`
    case 'DeadlineExceeded':
    case 'Unavailable':
      return `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: ${error.details}`
    default:
      return `error: health rpc probe failed: ${error.message}`
  }
}

/** `minikube status`: what runs, in minikube's words. */
import type { Paths } from './paths.ts'
import { connectAsAdmin, type Surroundings } from './connection.ts'
import { programState } from './supervised.ts'

export interface ClusterStatus {
  readonly host: 'Running' | 'Stopped'
  readonly kubelet: 'Running' | 'Stopped'
  readonly apiserver: 'Running' | 'Stopped' | 'Error'
  readonly kubeconfig: 'Configured' | 'Misconfigured'
}

const readyTimeoutMs = 3_000

export async function clusterStatus(
  paths: Paths,
  configured: boolean,
  surroundings: Surroundings,
): Promise<ClusterStatus> {
  const [host, kubelet, controlPlane] = await Promise.all(
    ['containerd', 'node', 'control-plane'].map((name) => programState(paths, name)),
  )
  return {
    host: host ?? 'Stopped',
    kubelet: kubelet ?? 'Stopped',
    apiserver: controlPlane === 'Running' ? await apiServerState(paths, surroundings) : 'Stopped',
    kubeconfig: configured ? 'Configured' : 'Misconfigured',
  }
}

async function apiServerState(
  paths: Paths,
  surroundings: Surroundings,
): Promise<'Running' | 'Error'> {
  await using connection = await connectAsAdmin(paths, surroundings)
  return await connection.ready(AbortSignal.timeout(readyTimeoutMs)).then(
    () => 'Running',
    () => 'Error',
  )
}

/** Bits 0, 1 and 2: host, API server, kubelet. Upstream: minikube's cmd/status.go, exitCode. */
export function exitCodeOf(status: ClusterStatus): number {
  let code = 0
  if (status.host !== 'Running') code |= 1
  if (status.apiserver !== 'Running') code |= 2
  if (status.kubelet !== 'Running') code |= 4
  return code
}

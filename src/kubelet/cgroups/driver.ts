import type { CriClient } from '#cri/client.ts'
import { isGrpc } from '#base/grpc-error.ts'
import type { CgroupDriver } from './cgroups.ts'

/**
 * The driver that the runtime uses: the kubelet must use the same. Runtimes that have no RuntimeConfig
 * call (containerd before 2.0) show theirs in the verbose status; where that is silent it is cgroupfs.
 */
export async function findCgroupDriver(cri: CriClient, signal: AbortSignal): Promise<CgroupDriver> {
  try {
    const { linux } = await cri.runtimeConfig({ signal })
    if (linux !== undefined) return linux.cgroupDriver === 'SYSTEMD' ? 'systemd' : 'cgroupfs'
  } catch (error) {
    if (!isGrpc(error, 'Unimplemented')) throw error
  }
  const { info } = await cri.status({ verbose: true }, { signal })
  return driverOfConfig(info['config'])
}

interface ContainerdConfig {
  systemdCgroup?: boolean
  containerd?: {
    defaultRuntimeName?: string
    runtimes?: Record<string, { options?: { SystemdCgroup?: boolean } }>
  }
}

/** From the configuration that containerd's CRI plugin reports as JSON. */
export function driverOfConfig(json: string | undefined): CgroupDriver {
  if (json === undefined) return 'cgroupfs'
  const config = JSON.parse(json) as ContainerdConfig
  const runtime = config.containerd?.defaultRuntimeName ?? 'runc'
  const systemd =
    config.systemdCgroup === true ||
    config.containerd?.runtimes?.[runtime]?.options?.SystemdCgroup === true
  return systemd ? 'systemd' : 'cgroupfs'
}

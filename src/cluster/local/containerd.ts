/** The cluster's own containerd: its configuration, and the facts about this machine that shape it. */
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pauseImage } from '#cluster/images/recipes.ts'
import type { Paths } from './paths.ts'

export interface NodeFacts {
  /** systemd runs this machine and cgroups are unified: containers get slices, not plain folders. */
  readonly cgroupDriver: 'systemd' | 'cgroupfs'
  /** Whether this process may lower oom_score_adj (CAP_SYS_RESOURCE). */
  readonly mayLowerOomScore: boolean
  readonly pluginFolder: string
}

/** CAP_SYS_RESOURCE, bit 24 of the effective set. */
const capSysResource = 1n << 24n

export async function nodeFacts(pluginFolder: string): Promise<NodeFacts> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  const systemd = await present('/run/systemd/system')
  const unified = await present('/sys/fs/cgroup/cgroup.controllers')
  return {
    cgroupDriver: systemd && unified ? 'systemd' : 'cgroupfs',
    mayLowerOomScore: (effective & capSysResource) !== 0n,
    pluginFolder,
  }
}

/** The configuration in version 2, which containerd 1.6 to 2.x read. */
export function containerdConfig(paths: Paths, facts: NodeFacts): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = ${quote(paths.containerd.root)}
state = ${quote(paths.containerd.state)}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
  address = ${quote(paths.containerd.socket)}

[ttrpc]
  address = ${quote(`${paths.containerd.socket}.ttrpc`)}

[timeouts]
  # A shim that misses this is forgotten and never ends; three seconds are little on a busy machine.
  "io.containerd.timeout.shim.shutdown" = "30s"

[${cri}]
  sandbox_image = ${quote(pauseImage)}
  restrict_oom_score_adj = ${!facts.mayLowerOomScore}
  max_concurrent_downloads = 5
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true

[${cri}.cni]
  bin_dir = ${quote(facts.pluginFolder)}
  conf_dir = ${quote(paths.cni.config)}

[${cri}.containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "runc"

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  SystemdCgroup = ${facts.cgroupDriver === 'systemd'}

[${cri}.registry]
  config_path = ${quote(paths.containerd.registryHosts)}
`
}

export async function writeContainerdConfig(paths: Paths, facts: NodeFacts): Promise<void> {
  const { config, registryHosts, root, state } = paths.containerd
  for (const folder of [dirname(config), registryHosts, root, state, paths.cni.config]) {
    await mkdir(folder, { recursive: true, mode: 0o755 })
  }
  await writeFile(config, containerdConfig(paths, facts))
}

/** `mirror` is a registry on this machine, asked before the real ones; containerd reads this at each pull. */
export async function writeRegistryHosts(paths: Paths, mirror: string): Promise<void> {
  const { registryHosts } = paths.containerd
  const servers = { 'docker.io': 'registry-1.docker.io', 'registry.k8s.io': 'registry.k8s.io' }
  for (const [host, server] of Object.entries(servers)) {
    await mkdir(join(registryHosts, host), { recursive: true })
    await writeFile(join(registryHosts, host, 'hosts.toml'), hosts(server, mirror))
  }
}

function hosts(server: string, mirror: string): string {
  return `server = "https://${server}"

[host.${quote(mirror)}]
  capabilities = ["pull", "resolve"]
`
}

/** A TOML basic string. */
function quote(text: string): string {
  return JSON.stringify(text)
}

async function present(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

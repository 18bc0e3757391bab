/** What a machine needs to be a node, and what to say when it is missing. */
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

export interface Missing {
  readonly what: string
  readonly remedy: string
}

/** Programs that the node calls, with the distribution's package that has them. */
export const programs: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  runc: 'runc',
  'iptables-restore': 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
}

export const pluginFolders = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'] as const

/** Everything that keeps this machine from running containers; empty: it can. */
export async function preflight(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Missing[]> {
  const missing: Missing[] = []
  if (process.platform !== 'linux') {
    return [{ what: 'Linux', remedy: 'run k8ts on Linux, or in a Linux virtual machine' }]
  }
  if (process.getuid?.() !== 0) {
    missing.push({ what: 'root', remedy: 'containers need root: run the same command with sudo' })
  }
  if (
    !(await exists('/sys/fs/cgroup/cgroup.controllers')) &&
    !(await exists('/sys/fs/cgroup/memory'))
  ) {
    missing.push({ what: 'cgroups', remedy: 'mount the cgroup file system at /sys/fs/cgroup' })
  }
  const packages = new Set<string>()
  for (const [program, name] of Object.entries(programs)) {
    if ((await findProgram(program, env)) === undefined) packages.add(name)
  }
  if ((await findPlugins()) === undefined) packages.add('containernetworking-plugins')
  if (packages.size > 0) {
    const names = [...packages].join(' ')
    missing.push({ what: `the packages ${names}`, remedy: `apt-get install ${names}` })
  }
  return missing
}

/** The folder with the CNI plugins; undefined: none are installed. */
export async function findPlugins(): Promise<string | undefined> {
  for (const folder of pluginFolders) if (await exists(join(folder, 'bridge'))) return folder
  return undefined
}

/** The program's path; undefined: it is in no folder of PATH. */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const folders = `${env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter)
  for (const folder of folders) {
    if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name)
  }
  return undefined
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  )
}

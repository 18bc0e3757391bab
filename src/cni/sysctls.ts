/** The kernel switches without which pods reach neither each other nor a Service. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'

export interface SysctlOutcome {
  readonly name: string
  /** Why it could not be set, for the log. */
  readonly problem?: string
}

/** Turns on forwarding and, for bridged pods, iptables on the bridge. Reports what could not be set. */
export async function enablePodNetworking(options: {
  ipv6: boolean
}): Promise<readonly SysctlOutcome[]> {
  const bridge = ['net.bridge.bridge-nf-call-iptables']
  const forwarding = ['net.ipv4.ip_forward']
  if (options.ipv6) {
    bridge.push('net.bridge.bridge-nf-call-ip6tables')
    forwarding.push('net.ipv6.conf.all.forwarding')
  }
  if ((await read('net.bridge.bridge-nf-call-iptables')) === undefined) await loadBridgeModule()
  return Promise.all([...forwarding, ...bridge].map((name) => set(name, '1')))
}

async function set(name: string, wanted: string): Promise<SysctlOutcome> {
  const present = await read(name)
  if (present === wanted) return { name }
  try {
    await writeFile(pathOf(name), wanted)
    return { name }
  } catch (error) {
    return { name, problem: error instanceof Error ? error.message : String(error) }
  }
}

function read(name: string): Promise<string | undefined> {
  return readFile(pathOf(name), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
}

function pathOf(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`
}

/** Without modprobe (a container, a kernel without modules) the sysctl's own failure is reported. */
async function loadBridgeModule(): Promise<void> {
  const modprobe = spawn('modprobe', ['br_netfilter'], { stdio: 'ignore', timeout: 10_000 })
  await once(modprobe, 'close').catch(() => undefined)
}

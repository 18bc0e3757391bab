/**
 * containerd's shims that outlived their pods. A shim is asked once to end, with a time limit; one that missed
 * it on a busy machine is forgotten by containerd and stays for ever, as does one whose containerd was killed.
 */
import { readdir, readFile } from 'node:fs/promises'

/** USER_HZ, which Linux shows as 100 on every architecture that Node runs on. */
const ticksPerSecond = 100

/** One process, as /proc tells it. */
interface Process {
  readonly pid: number
  readonly parent: number
  readonly ageMs: number
  readonly command: readonly string[]
}

export interface Shim {
  readonly pid: number
  /** Of the pod's sandbox. */
  readonly id: string
  readonly ageMs: number
  /** The first processes of its containers: with them goes all that a container runs. */
  readonly children: readonly number[]
}

/** The shims that a containerd with this socket has started for Kubernetes. */
export async function shimsOf(socket: string): Promise<readonly Shim[]> {
  const processes = await readProcesses()
  return processes.flatMap(({ pid, ageMs, command }) => {
    const id = shimIdOf(command, socket)
    if (id === undefined) return []
    const children = processes.filter(({ parent }) => parent === pid)
    return [{ pid, id, ageMs, children: children.map((child) => child.pid) }]
  })
}

/** Ends the shim and what it still runs. Only for one that its containerd does not know: others look the same. */
export function endShim({ pid, children }: Shim): void {
  for (const child of children) kill(child)
  kill(pid)
}

/** The sandbox of a shim's command line; undefined when it is none, or another containerd's. */
export function shimIdOf(command: readonly string[], socket: string): string | undefined {
  const isShim = /(?:^|\/)containerd-shim-[^/]+$/.test(command[0] ?? '')
  const flag = (name: string): string | undefined => {
    const at = command.indexOf(name)
    return at > 0 ? command[at + 1] : undefined
  }
  if (!isShim || flag('-address') !== socket || flag('-namespace') !== 'k8s.io') return undefined
  return flag('-id')
}

async function readProcesses(): Promise<readonly Process[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const uptime = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0])
  const found = await Promise.all(names.map((name) => readProcess(Number(name), uptime)))
  return found.filter((process) => process !== undefined)
}

/** Undefined for one that has just ended. */
async function readProcess(pid: number, uptime: number): Promise<Process | undefined> {
  try {
    const [line, stat] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const startedSeconds = Number(fields[19]) / ticksPerSecond
    const ageMs = (uptime - startedSeconds) * 1000
    return { pid, parent: Number(fields[1]), ageMs, command: line.split('\0') }
  } catch {
    return undefined
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

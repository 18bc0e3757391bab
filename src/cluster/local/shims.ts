/**
 * containerd's shims that outlived their pods. A shim is asked once to end, with a time limit; one that missed
 * it on a busy machine is forgotten by containerd and stays for ever, as does one whose containerd was killed.
 */
import { readdir, readFile } from 'node:fs/promises'

/** One process, as /proc tells it. */
interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: readonly string[]
}

/**
 * Ends every shim of the containerd with this socket, and what it still runs. Only for a containerd that has
 * stopped: a shim that is in use looks the same.
 */
export async function endShims(socket: string): Promise<void> {
  const processes = await readProcesses()
  for (const { pid } of processes.filter(({ command }) => isShimOf(command, socket))) {
    // The children are the containers' first processes: with them goes all that a container runs.
    for (const child of processes.filter(({ parent }) => parent === pid)) kill(child.pid)
    kill(pid)
  }
}

export function isShimOf(command: readonly string[], socket: string): boolean {
  const address = command.indexOf('-address')
  const isShim = /(?:^|\/)containerd-shim-[^/]+$/.test(command[0] ?? '')
  return isShim && address > 0 && command[address + 1] === socket
}

async function readProcesses(): Promise<readonly Process[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(names.map((name) => readProcess(Number(name))))
  return found.filter((process) => process !== undefined)
}

/** Undefined for one that has just ended. */
async function readProcess(pid: number): Promise<Process | undefined> {
  try {
    const [line, stat] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return { pid, parent, command: line.split('\0') }
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

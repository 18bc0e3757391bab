/** What the cluster's processes use: resident memory and processor time, read from /proc. */
import { readFileSync, readdirSync } from 'node:fs'

export interface Usage {
  readonly residentBytes: number
  /** Since the process began. */
  readonly cpuSeconds: number
}

const ticksPerSecond = 100
const pageBytes = 4096

/** The processes whose command line names the folder of the cluster's profile. */
export function clusterProcesses(profile: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    const line = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ')
    if (line.includes(`k8ts/${profile}/`)) found.set(Number(name), line.trim())
  }
  return found
}

/** Of one process; zero when it has ended. */
export function usageOf(pid: number): Usage {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  return { residentBytes: Number(fields[21] ?? 0) * pageBytes, cpuSeconds: ticks / ticksPerSecond }
}

export function total(pids: Iterable<number>): Usage {
  let residentBytes = 0
  let cpuSeconds = 0
  for (const pid of pids) {
    const usage = usageOf(pid)
    residentBytes += usage.residentBytes
    cpuSeconds += usage.cpuSeconds
  }
  return { residentBytes, cpuSeconds }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

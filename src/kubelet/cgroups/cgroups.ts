/** The cgroups around pods, for whichever hierarchy and driver the machine has. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '#linux/run.ts'
import { cgroupfsPath, systemdPath, systemdSlice } from './layout.ts'
import type { CgroupName } from './layout.ts'
import { cpuPeriodUs, cpuWeight } from './values.ts'
import type { CgroupLimits } from './values.ts'

export type CgroupDriver = 'cgroupfs' | 'systemd'

export interface Cgroups {
  readonly version: 1 | 2
  readonly driver: CgroupDriver
  /** As a runtime wants a sandbox's `cgroupParent`. */
  parentOf(name: CgroupName): string
  /** Makes it, or changes its limits. */
  apply(name: CgroupName, limits: CgroupLimits): Promise<void>
  /** Removes it with all below; kills what still runs in it. */
  remove(name: CgroupName): Promise<void>
  /** The names of the cgroups directly below. */
  children(name: CgroupName): readonly string[]
  /** The bytes in use that cannot be reclaimed at once, and the processor time used so far. */
  usage(name: CgroupName): CgroupUsage | undefined
}

export interface CgroupUsage {
  readonly workingSetBytes: number
  readonly cpuNanoseconds: number
}

/** v1's controllers that the kubelet sets; each may be its own mount. */
const controllers = ['cpu', 'cpuacct', 'memory', 'pids'] as const

/** `mountPoint` is /sys/fs/cgroup, but for tests. */
export function openCgroups(
  driver: CgroupDriver,
  run: Run,
  mountPoint = '/sys/fs/cgroup',
): Cgroups {
  const version = existsSync(join(mountPoint, 'cgroup.controllers')) ? 2 : 1
  const files = version === 2 ? unified(mountPoint) : separate(mountPoint)
  const path = driver === 'systemd' ? systemdPath : cgroupfsPath
  return {
    version,
    driver,
    parentOf: (name) => (driver === 'systemd' ? systemdSlice(name) : cgroupfsPath(name)),
    async apply(name, limits) {
      if (driver === 'systemd') return applySlice(run, systemdSlice(name), limits)
      files.apply(name, limits)
    },
    async remove(name) {
      if (driver === 'systemd') {
        // Fails when the slice is not loaded, which is what is wanted.
        await run('systemctl', ['stop', systemdSlice(name)]).catch(() => undefined)
      }
      for (const folder of files.folders(path(name))) removeTree(folder)
    },
    children: (name) => files.children(path(name)),
    usage: (name) => files.usage(path(name)),
  }
}

interface CgroupFiles {
  folders(path: string): readonly string[]
  apply(name: CgroupName, limits: CgroupLimits): void
  children(path: string): readonly string[]
  usage(path: string): CgroupUsage | undefined
}

function separate(mountPoint: string): CgroupFiles {
  const mounted = controllers.filter((name) => existsSync(join(mountPoint, name)))
  const folders = (path: string): readonly string[] =>
    mounted.map((controller) => join(mountPoint, controller, path))
  return {
    folders,
    apply(name, limits) {
      const path = cgroupfsPath(name)
      for (const folder of folders(path)) mkdirSync(folder, { recursive: true })
      const set = (controller: string, file: string, value: number): void => {
        writeFileSync(join(mountPoint, controller, path, file), String(value))
      }
      if (limits.cpuShares !== undefined) set('cpu', 'cpu.shares', limits.cpuShares)
      set('cpu', 'cpu.cfs_period_us', cpuPeriodUs)
      set('cpu', 'cpu.cfs_quota_us', limits.cpuQuotaUs ?? -1)
      set('memory', 'memory.limit_in_bytes', limits.memoryBytes ?? -1)
    },
    children: (path) => subfolders(join(mountPoint, 'memory', path)),
    usage(path) {
      const memory = join(mountPoint, 'memory', path)
      const used = readNumber(join(memory, 'memory.usage_in_bytes'))
      const cpu = readNumber(join(mountPoint, 'cpuacct', path, 'cpuacct.usage'))
      if (used === undefined || cpu === undefined) return undefined
      const inactive = readField(join(memory, 'memory.stat'), 'total_inactive_file')
      return { workingSetBytes: Math.max(0, used - inactive), cpuNanoseconds: cpu }
    },
  }
}

function unified(mountPoint: string): CgroupFiles {
  return {
    folders: (path) => [join(mountPoint, path)],
    apply(name, limits) {
      let folder = mountPoint
      for (const part of name) {
        delegate(folder)
        folder = join(folder, part)
        mkdirSync(folder, { recursive: true })
      }
      const set = (file: string, value: string): void => writeFileSync(join(folder, file), value)
      if (limits.cpuShares !== undefined) set('cpu.weight', String(cpuWeight(limits.cpuShares)))
      set('cpu.max', `${limits.cpuQuotaUs ?? 'max'} ${cpuPeriodUs}`)
      set('memory.max', String(limits.memoryBytes ?? 'max'))
    },
    children: (path) => subfolders(join(mountPoint, path)),
    usage(path) {
      const folder = join(mountPoint, path)
      const used = readNumber(join(folder, 'memory.current'))
      if (used === undefined) return undefined
      const inactive = readField(join(folder, 'memory.stat'), 'inactive_file')
      const cpu = readField(join(folder, 'cpu.stat'), 'usage_usec') * 1000
      return { workingSetBytes: Math.max(0, used - inactive), cpuNanoseconds: cpu }
    },
  }
}

/** Lets the children of a v2 cgroup have the controllers that it has itself. */
function delegate(folder: string): void {
  const words = (file: string): readonly string[] =>
    readFileSync(join(folder, file), 'utf8').trim().split(' ')
  const wanted = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids']
  const enabled = words('cgroup.subtree_control')
  const missing = words('cgroup.controllers').filter(
    (name) => wanted.includes(name) && !enabled.includes(name),
  )
  if (missing.length === 0) return
  writeFileSync(join(folder, 'cgroup.subtree_control'), missing.map((name) => `+${name}`).join(' '))
}

/** systemd owns the tree: one asks it. The properties are gone with the slice at the next boot. */
async function applySlice(run: Run, slice: string, limits: CgroupLimits): Promise<void> {
  const { cpuShares, cpuQuotaUs, memoryBytes } = limits
  const quota = cpuQuotaUs === undefined ? '' : `${(cpuQuotaUs * 100) / cpuPeriodUs}%`
  await run('systemctl', [
    'set-property',
    '--runtime',
    slice,
    ...(cpuShares === undefined ? [] : [`CPUWeight=${cpuWeight(cpuShares)}`]),
    `CPUQuota=${quota}`,
    `MemoryMax=${memoryBytes ?? 'infinity'}`,
  ])
}

/** Cgroups are removed from the leaves up, by rmdir: the files inside are the kernel's. */
function removeTree(folder: string): void {
  if (!existsSync(folder)) return
  for (const child of subfolders(folder)) removeTree(join(folder, child))
  try {
    rmdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') killAll(folder)
  }
}

/** What is left in a cgroup that must go: its own runtime has lost it. The next round removes it. */
function killAll(folder: string): void {
  const pids = readText(join(folder, 'cgroup.procs'))?.split('\n') ?? []
  for (const pid of pids) {
    if (pid === '' || pid === '0') continue
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      continue // it ended by itself
    }
  }
}

function subfolders(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readNumber(path: string): number | undefined {
  const text = readText(path)
  return text === undefined ? undefined : Number(text)
}

/** A number of a file of `name value` lines; 0 when it is not there. */
function readField(path: string, name: string): number {
  const line = readText(path)
    ?.split('\n')
    .find((each) => each.startsWith(`${name} `))
  return Number(line?.split(' ')[1] ?? 0)
}

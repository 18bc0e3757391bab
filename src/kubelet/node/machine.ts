/** What the machine is and has, from /proc, /sys and the file system. */
import { readFile, statfs } from 'node:fs/promises'
import { availableParallelism, arch, release } from 'node:os'
import type { NodeSystemInfo } from '#api/core/v1.gen.ts'
import { wholeUnits } from '#api/meta/quantity.ts'
import { gitVersion, goArchitecture } from '#api/version.ts'

export interface Capacity {
  readonly cpus: number
  readonly memoryBytes: number
  readonly storageBytes: number
  readonly podsMax: number
}

export interface Pressure {
  readonly memoryAvailableBytes: number
  readonly storage: FileSystem
  readonly images: FileSystem
  readonly pidsAvailable: number
  readonly pidsMax: number
}

export interface FileSystem {
  readonly totalBytes: number
  readonly availableBytes: number
  readonly totalInodes: number
  readonly freeInodes: number
}

export async function measureCapacity(root: string, podsMax: number): Promise<Capacity> {
  const [memory, storage] = await Promise.all([memoryInfo(), fileSystem(root)])
  return {
    cpus: availableParallelism(),
    memoryBytes: memory('MemTotal'),
    storageBytes: storage.totalBytes,
    podsMax,
  }
}

export async function measurePressure(root: string, images: string): Promise<Pressure> {
  const [memory, storage, imageStorage, load, pidsMax] = await Promise.all([
    memoryInfo(),
    fileSystem(root),
    fileSystem(images).catch(() => fileSystem(root)),
    readFile('/proc/loadavg', 'utf8'),
    readFile('/proc/sys/kernel/pid_max', 'utf8'),
  ])
  // `running/total` is the fourth word.
  const total = Number(load.split(' ')[3]?.split('/')[1] ?? 0)
  return {
    memoryAvailableBytes: memory('MemAvailable'),
    storage,
    images: imageStorage,
    pidsAvailable: Number(pidsMax) - total,
    pidsMax: Number(pidsMax),
  }
}

async function memoryInfo(): Promise<(name: string) => number> {
  const text = await readFile('/proc/meminfo', 'utf8')
  return (name) => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)
    return Number(match?.[1] ?? 0) * 1024
  }
}

async function fileSystem(path: string): Promise<FileSystem> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(path)
  return {
    totalBytes: bsize * blocks,
    availableBytes: bsize * bavail,
    totalInodes: files,
    freeInodes: ffree,
  }
}

/** An eviction threshold, `10%` or a quantity, as an amount of `total`. */
export function thresholdAmount(threshold: string, total: number): number {
  return threshold.endsWith('%')
    ? (total * Number(threshold.slice(0, -1))) / 100
    : Number(wholeUnits(threshold))
}

/** Upstream's defaults of evictionHard. */
export const evictionDefaults: Readonly<Record<string, string>> = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
}

export interface Reservation {
  /** What the system and the kubelet keep for themselves: cpu in thousandths, memory in bytes. */
  readonly cpuMillis: number
  readonly memoryBytes: number
}

/** Capacity and allocatable as the Node shows them. Upstream: pkg/kubelet/cm/node_container_manager.go. */
export function nodeResources(
  capacity: Capacity,
  eviction: Readonly<Record<string, string>>,
  reserved: Reservation,
): { capacity: Record<string, string>; allocatable: Record<string, string> } {
  const { cpus, memoryBytes, storageBytes, podsMax } = capacity
  const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`
  const memoryLeft = memoryBytes - thresholdAmount(eviction['memory.available'] ?? '0', memoryBytes)
  const storageLeft =
    storageBytes - thresholdAmount(eviction['nodefs.available'] ?? '0', storageBytes)
  return {
    capacity: {
      cpu: String(cpus),
      'ephemeral-storage': kibibytes(storageBytes),
      'hugepages-1Gi': '0',
      'hugepages-2Mi': '0',
      memory: kibibytes(memoryBytes),
      pods: String(podsMax),
    },
    allocatable: {
      cpu: reserved.cpuMillis === 0 ? String(cpus) : `${cpus * 1000 - reserved.cpuMillis}m`,
      'ephemeral-storage': String(Math.floor(storageLeft)),
      'hugepages-1Gi': '0',
      'hugepages-2Mi': '0',
      memory: kibibytes(memoryLeft - reserved.memoryBytes),
      pods: String(podsMax),
    },
  }
}

export async function systemInfo(runtime: {
  name: string
  version: string
}): Promise<NodeSystemInfo> {
  const text = async (path: string): Promise<string> =>
    readFile(path, 'utf8').then(
      (content) => content.trim(),
      () => '',
    )
  const [machineID, productId, bootID, osRelease] = await Promise.all([
    text('/etc/machine-id'),
    text('/sys/class/dmi/id/product_uuid'),
    text('/proc/sys/kernel/random/boot_id'),
    text('/etc/os-release'),
  ])
  return {
    machineID,
    systemUUID: productId === '' ? machineID : productId,
    bootID,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux',
    containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
    kubeletVersion: gitVersion,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: goArchitecture(arch()),
  }
}

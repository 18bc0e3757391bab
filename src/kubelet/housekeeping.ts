/** What a node must do now and then: rotate logs, remove dead containers, folders and cgroups of nobody. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cgroupfsPath, qosCgroup } from './cgroups/layout.ts'
import { rotateLog } from './container/log-rotation.ts'
import { podFolder } from './container/names.ts'
import { limits } from './limits.ts'
import type { KubeletHost } from './pod/host.ts'
import type { PodWorker } from './pod/worker.ts'
import { unmountBelow } from './volumes/volumes.ts'

export interface HousekeepingInput {
  readonly host: KubeletHost
  readonly cgroupRoot: string
  readonly workers: readonly PodWorker[]
  /** UIDs that the runtime still has something of. */
  readonly inRuntime: ReadonlySet<string>
  /** All pods that should be here are known: others are nobody's. */
  readonly sourcesReady: boolean
}

/** One round; what fails is logged and tried in the next. */
export async function housekeep(input: HousekeepingInput): Promise<void> {
  const { host, workers } = input
  const chores = [
    ...workers.flatMap((worker) => [rotateLogs(host, worker), removeDead(host, worker)]),
    ...(input.sourcesReady ? [removeOrphans(input)] : []),
  ]
  for (const outcome of await Promise.allSettled(chores)) {
    if (outcome.status === 'fulfilled' || host.signal.aborted) continue
    host.log.warning('housekeeping failed', { err: String(outcome.reason) })
  }
}

async function rotateLogs(
  { cri, clock, signal }: KubeletHost,
  { runtime }: PodWorker,
): Promise<void> {
  const bounds = { bytesMax: limits.containerLogBytesMax, filesMax: limits.containerLogFilesMax }
  for (const { id, state, logPath } of runtime.containers) {
    if (state.is !== 'running' || logPath === '') continue
    const reopen = (): Promise<void> => cri.reopenContainerLog(id, { signal })
    await rotateLog(logPath, bounds, clock.nowMs(), reopen)
  }
}

/** Of each container one that ended is kept, to be looked at. Upstream: kuberuntime_gc.go. */
async function removeDead({ cri, signal }: KubeletHost, { runtime }: PodWorker): Promise<void> {
  const kept = new Set<string>()
  const newest = new Set<string>()
  for (const { id, name, state, logPath } of runtime.containers) {
    const isNewest = !newest.has(name)
    newest.add(name)
    // One that never ran, with another after it, is what a kubelet left that was ended meanwhile.
    const dead = state.is === 'exited' || (state.is === 'created' && !isNewest)
    if (!dead) continue
    if (state.is === 'exited' && !kept.has(name)) {
      kept.add(name)
      continue
    }
    await cri.removeContainer(id, { signal })
    await rm(logPath, { force: true })
  }
}

async function removeOrphans(input: HousekeepingInput): Promise<void> {
  const { host, cgroupRoot } = input
  const known = new Set([...input.inRuntime, ...input.workers.map(({ uid }) => uid)])
  const folders = await readdir(join(host.paths.root, 'pods')).catch(() => [])
  for (const uid of folders) {
    if (known.has(uid)) continue
    const folder = podFolder(host.paths, uid)
    await unmountBelow(host.run, folder)
    await rm(folder, { recursive: true, force: true })
    host.log.info('Cleaned up orphaned pod volumes dir', { uid })
  }
  for (const quality of ['Guaranteed', 'Burstable', 'BestEffort'] as const) {
    const parent = qosCgroup(cgroupRoot, quality)
    for (const name of host.cgroups.children(parent)) {
      const uid = /^pod(.+)$/.exec(name)?.[1]
      if (uid === undefined || known.has(uid)) continue
      await host.cgroups.remove([...parent, name])
      host.log.v(2)?.info('cgroup of no pod removed', { cgroup: cgroupfsPath([...parent, name]) })
    }
  }
}

/** The volumes that a pod's containers use: mounted before they start, refreshed while they run. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod, Volume } from '#api/core/v1.gen.ts'
import { podFolder } from '#kubelet/container/names.ts'
import { isContentVolume } from './content.ts'
import type { ContentInput } from './content.ts'
import { MountError, setUpVolume, unmountBelow } from './volumes.ts'
import type { MountedVolume, VolumeHost } from './volumes.ts'

export class PodVolumes {
  readonly #host: VolumeHost
  readonly #mounted = new Map<string, MountedVolume>()
  /** Volumes whose content may have changed since they were written. */
  #stale = new Set<string>()

  constructor(host: VolumeHost) {
    this.#host = host
  }

  get mounted(): ReadonlyMap<string, MountedVolume> {
    return this.#mounted
  }

  /** Something that content comes from has changed. */
  touch(): void {
    this.#stale = new Set(this.#mounted.keys())
  }

  /** When the first volume's content must be made again; undefined when none must. */
  refreshAtMs(): number | undefined {
    const times = [...this.#mounted.values()].flatMap(({ refreshAtMs }) => refreshAtMs ?? [])
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** Mounts what is not mounted and refreshes what is stale; resolves with what failed. */
  async ensure(input: ContentInput, nowMs: number): Promise<readonly MountError[]> {
    const due = usedVolumes(input.pod).filter((volume) => this.#isDue(volume, nowMs))
    const failures: MountError[] = []
    await Promise.all(
      due.map(async (volume) => {
        this.#stale.delete(volume.name)
        try {
          this.#mounted.set(volume.name, await setUpVolume(volume, input, this.#host))
        } catch (error) {
          if (!(error instanceof MountError)) throw error
          failures.push(error)
          if (this.#mounted.has(volume.name)) this.#stale.add(volume.name)
        }
      }),
    )
    return failures
  }

  /** Whether a mounted volume's content may be out of date. */
  isDue(nowMs: number): boolean {
    return this.#stale.size > 0 || nowMs >= (this.refreshAtMs() ?? Infinity)
  }

  /** Whether every volume that a container uses is there. */
  isComplete(pod: Pod): boolean {
    return usedVolumes(pod).every(({ name }) => this.#mounted.has(name))
  }

  /** Unmounts all and removes what the kubelet made for them. */
  async tearDown(uid: string): Promise<void> {
    const folder = podFolder(this.#host.paths, uid)
    await unmountBelow(this.#host.run, folder)
    this.#mounted.clear()
    for (const part of ['volumes', 'volume-subpaths']) {
      await rm(join(folder, part), { recursive: true, force: true })
    }
  }

  #isDue(volume: Volume, nowMs: number): boolean {
    const mounted = this.#mounted.get(volume.name)
    if (mounted === undefined) return true
    if (!isContentVolume(volume)) return false
    return this.#stale.has(volume.name) || nowMs >= (mounted.refreshAtMs ?? Infinity)
  }
}

/** Volumes that no container mounts are left alone, as upstream does. */
function usedVolumes({ spec }: Pod): readonly Volume[] {
  const containers = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]
  const used = new Set(
    containers.flatMap(({ volumeMounts = [], volumeDevices = [] }) =>
      [...volumeMounts, ...volumeDevices].map(({ name }) => name),
    ),
  )
  return (spec.volumes ?? []).filter(({ name }) => used.has(name))
}

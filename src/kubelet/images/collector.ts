/**
 * Removes images that nobody uses when the disk fills up, least recently used first.
 * Upstream: pkg/kubelet/images/image_gc_manager.go at v1.36.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { CriClient } from '#cri/client.ts'
import type { Image } from '#cri/messages.gen.ts'
import type { FileSystem } from '#kubelet/node/machine.ts'

export interface CollectorOptions {
  readonly cri: CriClient
  readonly clock: Clock
  readonly log: Logger
}

/** Upstream's imageGCHighThresholdPercent, imageGCLowThresholdPercent and imageMinimumGCAge. */
export const imageLimits = { highPercent: 85, lowPercent: 80, ageMsMin: 120_000 } as const

interface Seen {
  readonly firstMs: number
  lastUsedMs: number
}

export class ImageCollector {
  readonly #options: CollectorOptions
  readonly #seen = new Map<string, Seen>()

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  /** Looks at what is used; removes images while the disk is fuller than it may be. */
  async collect(disk: FileSystem): Promise<void> {
    const unused = await this.#unused()
    const usedBytes = disk.totalBytes - disk.availableBytes
    if (disk.totalBytes === 0 || usedBytes * 100 < disk.totalBytes * imageLimits.highPercent) return
    const wantedBytes = usedBytes - (disk.totalBytes * imageLimits.lowPercent) / 100
    const freedBytes = await this.#remove(unused, wantedBytes)
    if (freedBytes < wantedBytes) {
      this.#options.log.warning('images on the disk cannot be reduced any further', {
        wantedBytes,
        freedBytes,
      })
    }
  }

  /** Removes all that nobody uses; true when there was any. */
  async removeUnused(): Promise<boolean> {
    return (await this.#remove(await this.#unused(), Infinity)) > 0
  }

  /** Those that no container uses, least recently used first. */
  async #unused(): Promise<readonly Image[]> {
    const { cri, clock } = this.#options
    const nowMs = clock.monotonicMs()
    const [images, containers] = await Promise.all([cri.listImages(), cri.listContainers()])
    const used = new Set(
      containers.flatMap(({ imageRef, imageId, image }) => [imageRef, imageId, image?.image ?? '']),
    )
    const present = new Set(images.map(({ id }) => id))
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id)
    const unused = images.filter((image) => {
      const seen = this.#seen.get(image.id) ?? { firstMs: nowMs, lastUsedMs: 0 }
      this.#seen.set(image.id, seen)
      const names = [image.id, ...image.repoTags, ...image.repoDigests]
      const isUsed = image.pinned || names.some((name) => used.has(name)) || isSandboxImage(image)
      if (isUsed) seen.lastUsedMs = nowMs
      return !isUsed && nowMs - seen.firstMs >= imageLimits.ageMsMin
    })
    const lastUsedMs = ({ id }: Image): number => this.#seen.get(id)?.lastUsedMs ?? 0
    return unused.toSorted((a, b) => lastUsedMs(a) - lastUsedMs(b))
  }

  async #remove(images: readonly Image[], wantedBytes: number): Promise<number> {
    let freedBytes = 0
    for (const { id, size, repoTags } of images) {
      if (freedBytes >= wantedBytes) break
      this.#options.log.info('removing an image that nobody uses', { id, names: repoTags, size })
      await this.#options.cri.removeImage(id)
      this.#seen.delete(id)
      freedBytes += size
    }
    return freedBytes
  }
}

/** Runtimes before CRI's `pinned` do not say that they need it for every pod. */
function isSandboxImage({ repoTags }: Image): boolean {
  return repoTags.some((tag) => /(^|\/)pause:/.test(tag))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import type { CriClient } from '#cri/client.ts'
import { FakeClock } from '#testing/clock.ts'
import { ImageCollector } from './collector.ts'

const disk = (usedPercent: number) => ({
  totalBytes: 1000,
  availableBytes: 1000 - usedPercent * 10,
  totalInodes: 0,
  freeInodes: 0,
})

interface World {
  readonly clock: FakeClock
  readonly collector: ImageCollector
  readonly left: () => readonly string[]
  readonly use: (...images: string[]) => void
}

async function inWorld(
  images: Readonly<Record<string, number>>,
  body: (world: World) => Promise<void>,
) {
  const clock = new FakeClock()
  const present = new Map(Object.entries(images))
  let used: readonly string[] = []
  const cri = {
    listImages: async () =>
      [...present].map(([id, size]) => ({
        id,
        size,
        repoTags: [id],
        repoDigests: [],
        username: '',
        pinned: false,
      })),
    listContainers: async () =>
      used.map((imageRef) => ({ imageRef, imageId: '', image: { image: '' } })),
    removeImage: async (id: string) => void present.delete(id),
  } as unknown as CriClient
  const collector = new ImageCollector({ cri, clock, log: silentLogger })
  await body({
    clock,
    collector,
    left: () => [...present.keys()],
    use: (...names) => (used = names),
  })
}

test('a disk with room keeps everything', () =>
  inWorld({ a: 100 }, async ({ clock, collector, left }) => {
    await collector.collect(disk(84))
    await clock.advance(200_000)
    await collector.collect(disk(84))
    assert.deepEqual(left(), ['a'])
  }))

test('a full disk loses the least recently used first, and only as many as needed', () =>
  inWorld({ old: 60, recent: 60, used: 60, 'registry.k8s.io/pause:3': 60 }, async (world) => {
    const { clock, collector, left, use } = world
    use('used', 'recent')
    await clock.advance(1000)
    await collector.collect(disk(10))
    use('used')
    await clock.advance(200_000)
    await collector.collect(disk(86))
    assert.deepEqual(left(), ['recent', 'used', 'registry.k8s.io/pause:3'])
  }))

test('an image that has just come is left alone', () =>
  inWorld({ fresh: 500 }, async ({ collector, left }) => {
    await collector.collect(disk(99))
    assert.deepEqual(left(), ['fresh'])
  }))

test('in need, all that nobody uses goes', () =>
  inWorld({ a: 1, b: 1, used: 1 }, async ({ clock, collector, left, use }) => {
    use('used')
    assert.equal(await collector.removeUnused(), false)
    await clock.advance(200_000)
    assert.equal(await collector.removeUnused(), true)
    assert.deepEqual(left(), ['used'])
  }))

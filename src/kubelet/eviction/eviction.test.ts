import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import type { ContainerSample, PodSample } from '#kubelet/stats/sample.ts'
import { diskUsage, storageExcess } from './local-storage.ts'
import { evictionMessage, evictionOrder } from './rank.ts'

const mib = 1024 ** 2

function sampleOf(
  name: string,
  usedBytes: number,
  container: Partial<Container> = {},
  spec: Partial<PodSpec> = {},
): PodSample {
  const pod: Pod = {
    metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'c', ...container }], ...spec },
  }
  const used: ContainerSample = {
    name: 'c',
    startedAtMs: 0,
    cpuNanoseconds: 0,
    workingSetBytes: usedBytes,
    usageBytes: usedBytes,
    rssBytes: 0,
    pageFaults: 0,
    majorPageFaults: 0,
    writtenBytes: usedBytes,
    writtenInodes: 0,
  }
  return { pod, usage: undefined, containers: [used] }
}

const request = (memory: string): Partial<Container> => ({ resources: { requests: { memory } } })

test('who uses more than it asked for goes first, then the less important, then the greedier', () => {
  const order = evictionOrder(
    [
      sampleOf('within', 50 * mib, request('100Mi')),
      sampleOf('greedy', 300 * mib, request('100Mi')),
      sampleOf('greedier', 400 * mib, request('100Mi')),
      sampleOf('important', 500 * mib, {}, { priority: 1000 }),
      sampleOf('critical', 900 * mib, {}, { priority: 2_000_000_000 }),
      sampleOf('best-effort', 20 * mib),
    ],
    'memory',
  )
  assert.deepEqual(
    order.map(({ pod }) => pod.metadata.name),
    ['greedier', 'greedy', 'best-effort', 'important', 'within'],
  )
})

test('an evicted pod is told why', () => {
  const amounts = { threshold: '100Mi', availableBytes: 50 * mib }
  assert.equal(
    evictionMessage(sampleOf('greedy', 300 * mib, request('100Mi')), 'memory', amounts),
    'The node was low on resource: memory. Threshold quantity: 100Mi, available: 51200Ki. Container c was using 307200Ki, request is 100Mi, has larger consumption of memory. ',
  )
})

async function withVolume(body: (root: string, folder: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'evict-'))
  const folder = join(root, 'pods/web/volumes/kubernetes.io~empty-dir/v')
  await mkdir(join(folder, 'deep'), { recursive: true })
  try {
    await body(root, folder)
  } finally {
    await rm(root, { recursive: true })
  }
}

const excessOf = (root: string, sample: PodSample): Promise<string | undefined> =>
  storageExcess(sample.pod, { root, podLogs: '', containerLogs: '' }, sample)

test('an emptyDir may grow to its limit', () =>
  withVolume(async (root, folder) => {
    const volumes = [{ name: 'v', emptyDir: { sizeLimit: '64Ki' } }]
    const sample = sampleOf('web', 0, {}, { volumes })
    assert.equal(await excessOf(root, sample), undefined)
    await writeFile(join(folder, 'deep/file'), Buffer.alloc(100_000))
    assert.ok((await diskUsage(folder)) >= 100_000)
    assert.equal(
      await excessOf(root, sample),
      'Usage of EmptyDir volume "v" exceeds the limit "64Ki". ',
    )
  }))

test('a container may write as much as its limit', () =>
  withVolume(async (root) => {
    const limited = { resources: { limits: { 'ephemeral-storage': '1Mi' } } }
    assert.equal(await excessOf(root, sampleOf('web', mib, limited)), undefined)
    assert.equal(
      await excessOf(root, sampleOf('web', mib + 1, limited)),
      'Container c exceeded its local ephemeral storage limit "1Mi". ',
    )
  }))

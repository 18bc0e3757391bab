import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import { openCgroups } from './cgroups.ts'
import { driverOfConfig } from './driver.ts'
import { cgroupfsPath, podCgroup, systemdPath, systemdSlice } from './layout.ts'
import { containerCgroupLimits, cpuShares, cpuWeight, oomScore, podCgroupLimits } from './values.ts'

function podOf(resources: Container['resources'], spec: Partial<PodSpec> = {}): Pod {
  return {
    metadata: {
      name: 'web',
      namespace: 'ns',
      uid: 'a-b',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: {
      containers: [{ name: 'c', ...(resources === undefined ? {} : { resources }) }],
      ...spec,
    },
  }
}

const guaranteed = {
  requests: { cpu: '500m', memory: '64Mi' },
  limits: { cpu: '500m', memory: '64Mi' },
}
const burstable = { requests: { cpu: '250m', memory: '1Gi' } }

test('each class has its place', () => {
  assert.equal(cgroupfsPath(podCgroup('', podOf(guaranteed))), '/kubepods/poda-b')
  assert.equal(cgroupfsPath(podCgroup('/', podOf(burstable))), '/kubepods/burstable/poda-b')
  assert.equal(cgroupfsPath(podCgroup('/n1', podOf(undefined))), '/n1/kubepods/besteffort/poda-b')
})

test('systemd names slices by their levels', () => {
  const name = podCgroup('', podOf(burstable))
  assert.equal(systemdSlice(name), 'kubepods-burstable-poda_b.slice')
  assert.equal(
    systemdPath(name),
    '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-poda_b.slice',
  )
})

test('limits of pods and containers', () => {
  assert.deepEqual(podCgroupLimits(podOf(guaranteed)), {
    cpuShares: 512,
    cpuQuotaUs: 50_000,
    memoryBytes: 64 * 1024 * 1024,
  })
  assert.deepEqual(podCgroupLimits(podOf(burstable)), { cpuShares: 256 })
  assert.deepEqual(podCgroupLimits(podOf(undefined)), { cpuShares: 2 })
  assert.deepEqual(containerCgroupLimits({ name: 'c', resources: { limits: { cpu: '2' } } }), {
    cpuShares: 2048,
    cpuQuotaUs: 200_000,
  })
})

test('shares and weights stay within the kernel bounds', () => {
  assert.deepEqual([0, 1, 1000, 1e9].map(cpuShares), [2, 2, 1024, 262_144])
  assert.deepEqual([2, 1024, 262_144].map(cpuWeight), [1, 39, 10_000])
})

const gib = 1024 ** 3
const scores = [
  [podOf(guaranteed), -997],
  [podOf(undefined), 1000],
  [podOf(burstable), 750],
  [podOf({ requests: { memory: '4Gi' } }), 3],
  [podOf({ requests: { cpu: '1' } }), 999],
  [podOf(undefined, { priority: 2_000_001_000 }), -997],
] as const

for (const [pod, expected] of scores) {
  test(`the OOM score of ${JSON.stringify(pod.spec)} is ${expected}`, () => {
    assert.equal(oomScore(pod, pod.spec.containers[0] as Container, 4 * gib), expected)
  })
}

const nothing = async (): Promise<string> => ''

function inTree(files: readonly string[], body: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'cgroup-'))
  for (const file of files) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), 'cpu memory pids\n')
  }
  return body(root).finally(() => rmSync(root, { recursive: true }))
}

test('v1: each controller gets its values', () =>
  inTree(['cpu/x', 'memory/x'], async (root) => {
    const cgroups = openCgroups('cgroupfs', nothing, root)
    assert.equal(cgroups.version, 1)
    await cgroups.apply(['kubepods', 'podx'], { cpuShares: 5, cpuQuotaUs: 1000, memoryBytes: 99 })
    const read = (path: string): string => readFileSync(join(root, path), 'utf8')
    assert.equal(read('cpu/kubepods/podx/cpu.shares'), '5')
    assert.equal(read('cpu/kubepods/podx/cpu.cfs_quota_us'), '1000')
    assert.equal(read('memory/kubepods/podx/memory.limit_in_bytes'), '99')
    assert.deepEqual(cgroups.children(['kubepods']), ['podx'])
    assert.equal(cgroups.parentOf(['kubepods', 'podx']), '/kubepods/podx')
  }))

test('v2: controllers are handed down, one file has all of cpu', () =>
  inTree(
    [
      'cgroup.controllers',
      'cgroup.subtree_control',
      'kubepods/cgroup.controllers',
      'kubepods/cgroup.subtree_control',
    ],
    async (root) => {
      writeFileSync(join(root, 'kubepods/cgroup.subtree_control'), '')
      const cgroups = openCgroups('cgroupfs', nothing, root)
      assert.equal(cgroups.version, 2)
      await cgroups.apply(['kubepods', 'podx'], { cpuShares: 1024 })
      const read = (path: string): string => readFileSync(join(root, path), 'utf8')
      assert.equal(read('kubepods/cgroup.subtree_control'), '+cpu +memory +pids')
      assert.equal(read('kubepods/podx/cpu.weight'), '39')
      assert.equal(read('kubepods/podx/cpu.max'), 'max 100000')
      assert.equal(read('kubepods/podx/memory.max'), 'max')
    },
  ))

test('systemd is asked for its slice', () =>
  inTree(['cgroup.controllers'], async (root) => {
    const calls: string[] = []
    const run = async (program: string, args: readonly string[]): Promise<string> => {
      calls.push([program, ...args].join(' '))
      return ''
    }
    const cgroups = openCgroups('systemd', run, root)
    await cgroups.apply(['kubepods', 'podx'], {
      cpuShares: 1024,
      cpuQuotaUs: 50_000,
      memoryBytes: 7,
    })
    await cgroups.remove(['kubepods', 'podx'])
    assert.deepEqual(calls, [
      'systemctl set-property --runtime kubepods-podx.slice CPUWeight=39 CPUQuota=50% MemoryMax=7',
      'systemctl stop kubepods-podx.slice',
    ])
  }))

test('empty cgroups are removed from the leaves up', () =>
  inTree(['cpu/x', 'memory/x'], async (root) => {
    mkdirSync(join(root, 'cpu/kubepods/podx/c1'), { recursive: true })
    await openCgroups('cgroupfs', nothing, root).remove(['kubepods', 'podx'])
    assert.equal(existsSync(join(root, 'cpu/kubepods/podx')), false)
    assert.equal(existsSync(join(root, 'cpu/kubepods')), true)
  }))

const configs = [
  [undefined, 'cgroupfs'],
  ['{}', 'cgroupfs'],
  ['{"systemdCgroup":true}', 'systemd'],
  [
    '{"containerd":{"defaultRuntimeName":"runc","runtimes":{"runc":{"options":{"SystemdCgroup":true}}}}}',
    'systemd',
  ],
  [
    '{"containerd":{"defaultRuntimeName":"crun","runtimes":{"runc":{"options":{"SystemdCgroup":true}}}}}',
    'cgroupfs',
  ],
] as const

for (const [config, driver] of configs) {
  test(`containerd configured with ${config} uses ${driver}`, () => {
    assert.equal(driverOfConfig(config), driver)
  })
}

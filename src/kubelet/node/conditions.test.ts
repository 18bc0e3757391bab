import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeConditions } from './conditions.ts'
import type { NodeHealth } from './conditions.ts'
import { evictionDefaults, nodeResources, thresholdAmount } from './machine.ts'

const gib = 1024 ** 3
const disk = { totalBytes: 100 * gib, availableBytes: 50 * gib, totalInodes: 1000, freeInodes: 500 }
const runtimeReady = { type: 'RuntimeReady', status: true, reason: '', message: '' }
const networkReady = { type: 'NetworkReady', status: true, reason: '', message: '' }
const networkMissing = {
  type: 'NetworkReady',
  status: false,
  reason: 'NetworkPluginNotReady',
  message: 'Network plugin returns error: cni plugin not initialized',
}

function healthOf(changes: {
  memory?: number
  storage?: object
  images?: object
  pids?: number
  runtime?: NodeHealth['runtime']
}): NodeHealth {
  return {
    pressure: {
      memoryAvailableBytes: changes.memory ?? gib,
      storage: { ...disk, ...changes.storage },
      images: { ...disk, ...changes.images },
      pidsAvailable: changes.pids ?? 30_000,
      pidsMax: 32_768,
    },
    runtime: changes.runtime ?? { conditions: [runtimeReady, networkReady] },
    eviction: { ...evictionDefaults, 'pid.available': '10%' },
    nowMs: Date.UTC(2030, 0, 1),
  }
}

const cases = [
  [{}, 'MemoryPressure', 'False', 'KubeletHasSufficientMemory'],
  [{ memory: 50 * 1024 ** 2 }, 'MemoryPressure', 'True', 'KubeletHasInsufficientMemory'],
  [{}, 'DiskPressure', 'False', 'KubeletHasNoDiskPressure'],
  [{ storage: { availableBytes: 9 * gib } }, 'DiskPressure', 'True', 'KubeletHasDiskPressure'],
  [{ storage: { freeInodes: 49 } }, 'DiskPressure', 'True', 'KubeletHasDiskPressure'],
  [
    { storage: { totalInodes: 0, freeInodes: 0 } },
    'DiskPressure',
    'False',
    'KubeletHasNoDiskPressure',
  ],
  [{ images: { availableBytes: 14 * gib } }, 'DiskPressure', 'True', 'KubeletHasDiskPressure'],
  [{}, 'PIDPressure', 'False', 'KubeletHasSufficientPID'],
  [{ pids: 100 }, 'PIDPressure', 'True', 'KubeletHasInsufficientPID'],
  [{}, 'Ready', 'True', 'KubeletReady'],
  [{ runtime: { conditions: undefined } }, 'Ready', 'False', 'KubeletNotReady'],
] as const

for (const [changes, type, status, reason] of cases) {
  test(`${JSON.stringify(changes)} → ${type}=${status}`, () => {
    const condition = nodeConditions(healthOf(changes), []).find((each) => each.type === type)
    assert.equal(condition?.status, status)
    assert.equal(condition?.reason, reason)
  })
}

test('a node without its network says what the runtime says', () => {
  const health = healthOf({ runtime: { conditions: [runtimeReady, networkMissing] } })
  assert.equal(
    nodeConditions(health, []).at(-1)?.message,
    'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
  )
})

test('a node that was short a moment ago still is', () => {
  const health = { ...healthOf({}), lately: { memory: true, disk: false } }
  const [memory, diskPressure] = nodeConditions(health, [])
  assert.equal(memory?.status, 'True')
  assert.equal(diskPressure?.status, 'False')
})

test('a transition has its own time, a heartbeat is always new', () => {
  const before = nodeConditions(healthOf({}), [])
  const later = { ...healthOf({ memory: 1 }), nowMs: Date.UTC(2030, 0, 2) }
  const [memory, diskPressure] = nodeConditions(later, before)
  assert.equal(memory?.lastTransitionTime, '2030-01-02T00:00:00Z')
  assert.equal(diskPressure?.lastTransitionTime, '2030-01-01T00:00:00Z')
  assert.equal(diskPressure?.lastHeartbeatTime, '2030-01-02T00:00:00Z')
})

test('thresholds are amounts or parts', () => {
  assert.equal(thresholdAmount('10%', 200), 20)
  assert.equal(thresholdAmount('100Mi', 0), 100 * 1024 ** 2)
})

test('allocatable is what is left for pods', () => {
  const capacity = {
    cpus: 2,
    memoryBytes: 24_684_084 * 1024,
    storageBytes: 264_212_084 * 1024,
    podsMax: 110,
  }
  const eviction = { 'memory.available': '100Mi', 'nodefs.available': '1%' }
  const { allocatable, capacity: whole } = nodeResources(capacity, eviction, {
    cpuMillis: 0,
    memoryBytes: 0,
  })
  assert.equal(whole['memory'], '24684084Ki')
  assert.equal(whole['ephemeral-storage'], '264212084Ki')
  assert.deepEqual(allocatable, {
    cpu: '2',
    'ephemeral-storage': '267847642275',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: '24581684Ki',
    pods: '110',
  })
  const reserved = { cpuMillis: 250, memoryBytes: 1024 ** 2 }
  assert.equal(nodeResources(capacity, eviction, reserved).allocatable['cpu'], '1750m')
})

/**
 * Measures the registry and its store without HTTP: what a create, patch, get, list, delete and a watched
 * event cost in the process. `node test/bench/registry.ts [memory|sqlite] [objects] [in flight]`; add
 * `--cpu-prof` to see where the time goes.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { must } from '#base/assert.ts'
import { createRegistry, type RunningRegistry } from '#apiserver/registry/create-registry.ts'
import type { Call } from '#apiserver/registry/registry.ts'
import { resources } from '#resources/all.ts'
import { openMemory } from '#storage/memory/memory.ts'
import { openSqlite } from '#storage/sqlite/sqlite.ts'
import type { Storage } from '#storage/storage.ts'

const [backend = 'sqlite', objects = '2000', inFlight = '32'] = process.argv.slice(2)
const count = Number(objects)
const concurrency = Number(inFlight)
const namespace = 'bench'
const signal = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))

function callOn(plural: string, options: Partial<Call> = {}): Call {
  const resource = must(
    resources.find((row) => row.plural === plural),
    plural,
  )
  return {
    user: { name: 'bench', groups: [] },
    resource,
    namespace,
    subresource: '',
    fieldManager: 'bench',
    dryRun: false,
    signal,
    warn() {},
    ...options,
  }
}

function pod(i: number): ApiObject {
  const env = Array.from({ length: 10 }, (_, j) => ({
    name: `VAR_${j}`,
    value: `value-${j}-${i}`,
  }))
  const resourcesOf = {
    requests: { cpu: '10m', memory: '16Mi' },
    limits: { cpu: '100m', memory: '64Mi' },
  }
  const container = {
    name: 'c',
    image: 'busybox',
    command: ['sleep', '3600'],
    env,
    resources: resourcesOf,
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `bench-${i}`,
      namespace,
      labels: { app: 'bench', shard: `s${i % 50}` },
      annotations: { note: 'x'.repeat(200) },
    },
    spec: { schedulerName: 'none', containers: [container] },
  } as unknown as ApiObject
}

async function measure(
  label: string,
  total: number,
  run: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  const work = async (): Promise<void> => {
    while (next < total) await run(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  report(label, total, { startMs, cpu })
}

function report(
  label: string,
  total: number,
  since: { startMs: number; cpu: NodeJS.CpuUsage },
): void {
  const ms = performance.now() - since.startMs
  const { user, system } = process.cpuUsage(since.cpu)
  const perSecond = Math.round((total / ms) * 1000)
  const microseconds = Math.round((user + system) / total)
  console.log(
    JSON.stringify({ label, total, per_s: perSecond, cpu_us: microseconds, ms: Math.round(ms) }),
  )
}

async function writes(registry: RunningRegistry): Promise<void> {
  const call = callOn('pods')
  const bodies = Array.from({ length: count }, (_, i) => pod(i))
  await measure('create', count, (i) => registry.create(call, must(bodies[i], 'a body')))
  await measure(
    'get',
    count * 5,
    async (i) => (await registry.get(call, `bench-${i % count}`)).bytes,
  )
  await measure('patch', count, (i) =>
    registry.patch(call, {
      name: `bench-${i}`,
      kind: 'strategic',
      patch: { metadata: { labels: { touched: `t${i}` } } },
      force: false,
      fieldValidation: 'Strict',
    }),
  )
}

async function reads(registry: RunningRegistry): Promise<void> {
  const call = callOn('pods')
  const bytesOf = async (labelSelector: string): Promise<number> => {
    const page = await registry.list(call, { limit: 0, labelSelector })
    return page.items.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }
  await measure('list', 500, () => bytesOf(''))
  await measure('list by label', 1000, (i) => bytesOf(`shard=s${i % 50}`))
}

async function watched(registry: RunningRegistry): Promise<void> {
  const watchers = 200
  const events = 2000
  const watching = new AbortController()
  const call = callOn('configmaps', { signal: watching.signal })
  let seen = 0
  const sink = { events: (batch: readonly unknown[]) => (seen += batch.length), end() {} }
  for (let i = 0; i < watchers; i++) {
    await registry.watch(call, { allowBookmarks: false }, sink)
  }
  const since = { startMs: performance.now(), cpu: process.cpuUsage() }
  for (let i = 0; i < events; i++) {
    const object = { metadata: { name: `wb-${i}` }, data: { pad: 'x'.repeat(500) } }
    await registry.create(callOn('configmaps'), object as unknown as ApiObject)
  }
  report(`watch, ${watchers} watchers`, seen, since)
  watching.abort()
}

async function deletes(registry: RunningRegistry): Promise<void> {
  const call = callOn('pods')
  await measure('delete', count, (i) =>
    registry.delete(call, `bench-${i}`, { gracePeriodSeconds: 0 }),
  )
}

async function open(): Promise<Storage> {
  if (backend === 'memory') return openMemory({ clock: systemClock })
  return openSqlite({ path: join(folder, 'state.db'), clock: systemClock })
}

try {
  await using storage = await open()
  await using registry = await createRegistry({
    storage,
    resources,
    admission: [],
    clock: systemClock,
    random: Math.random,
    uid: randomUUID,
    log: silentLogger,
  })
  for (const phase of [writes, reads, watched, deletes]) await phase(registry)
  console.log(JSON.stringify({ rss_mb: Math.round(process.memoryUsage.rss() / 1e6) }))
} finally {
  rmSync(folder, { recursive: true })
}

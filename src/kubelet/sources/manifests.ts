/** Watches the folder of static pod manifests. Upstream: pkg/kubelet/config/file_linux.go at v1.36. */
import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '#api/core/v1.gen.ts'
import { decodeValue } from '#api/decode.ts'
import { typeSchema } from '#api/schema.ts'
import { parseYaml } from '#api/yaml.ts'
import { must } from '#base/assert.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { Bell } from '#kubelet/bell.ts'
import { staticPod } from './static-pod.ts'

export interface ManifestsOptions {
  /** A folder, or one file. */
  readonly path: string
  readonly nodeName: string
  readonly clock: Clock
  readonly log: Logger
  /** All pods of the folder, whenever they may have changed. */
  readonly pods: (pods: readonly Pod[]) => void
}

/** Upstream's fileCheckFrequency: a watch may miss things. */
const relistPeriodMs = 20_000
/** An editor writes a file in several steps. */
const settleMs = 50

/** Reports the pods until the signal aborts; the first report comes before it first waits. */
export async function watchManifests(
  options: ManifestsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, path } = options
  await mkdir(path, { recursive: true }).catch(() => undefined)
  const changes = new Bell(clock)
  const known = new Map<string, { text: string; pod: Pod | undefined }>()
  let watcher = watchFolder(options, changes)
  while (!signal.aborted) {
    try {
      options.pods(await readAll(options, known))
    } catch (error) {
      log.warning('cannot read static pod manifests', { path, err: String(error) })
    }
    await changes.wait(relistPeriodMs, signal)
    await clock.sleep(settleMs, signal)
    watcher ??= watchFolder(options, changes)
  }
  watcher?.close()
}

/** Undefined where the folder cannot be watched (yet): the relist has to do. */
function watchFolder({ path, log }: ManifestsOptions, changes: Bell): FSWatcher | undefined {
  try {
    const watcher = watch(path, () => changes.ring())
    watcher.on('error', (error) => {
      log.warning('static pod manifests are not watched', { path, err: String(error) })
    })
    return watcher
  } catch (error) {
    log.v(2)?.info('static pod manifests are not watched', { path, err: String(error) })
    return undefined
  }
}

/** A manifest is parsed again only when its text has changed: the time it was seen stays. */
async function readAll(
  options: ManifestsOptions,
  known: Map<string, { text: string; pod: Pod | undefined }>,
): Promise<readonly Pod[]> {
  const files = await manifestFiles(options.path)
  for (const path of known.keys()) if (!files.includes(path)) known.delete(path)
  const found: Pod[] = []
  for (const path of files) {
    const text = await readFile(path, 'utf8')
    const before = known.get(path)
    const entry = before?.text === text ? before : { text, pod: parse(options, path, text) }
    known.set(path, entry)
    if (entry.pod !== undefined) found.push(entry.pod)
  }
  return found
}

async function manifestFiles(path: string): Promise<readonly string[]> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined) return []
  if (stats.isFile()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(path, entry.name))
    .sort()
}

function parse(options: ManifestsOptions, path: string, text: string): Pod | undefined {
  const { nodeName, clock, log } = options
  try {
    const { object } = decodeValue<Pod>(podSchema(), parseYaml(text))
    return staticPod({ manifest: object, path, nodeName, nowMs: clock.nowMs() })
  } catch (error) {
    log.warning('could not process manifest file', { path, err: String(error) })
    return undefined
  }
}

function podSchema() {
  return must(typeSchema('core/v1.Pod'), 'the schema has no Pod')
}

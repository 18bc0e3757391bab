/** `/version`, `/metrics` and the index of all paths at `/`. */
import { versionInfo } from '#api/version.ts'
import type { VersionInfo } from '#api/version.ts'
import { genericServerResponse } from '#api/meta/status.ts'
import type { LoopDelay } from '#apiserver/metrics/process.ts'
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import type { Answer } from './answer.ts'
import type { PathHandler } from './dispatch.ts'

export function versionPath(runtime: Parameters<typeof versionInfo>[0]): PathHandler {
  const info: VersionInfo = versionInfo(runtime)
  return (request) => {
    if (request.info.path !== '/version' && request.info.path !== '/version/') return undefined
    // Upstream writes this document indented.
    const body = `${JSON.stringify(info, null, 2)}`
    return { type: 'raw', status: 200, headers: { 'content-type': 'application/json' }, body }
  }
}

export function metricsPath(metrics: MetricRegistry, delay: LoopDelay): PathHandler {
  const scrape = async (): Promise<Answer> => {
    await delay.measure()
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
    return { type: 'raw', status: 200, headers, body: metrics.expose() }
  }
  return (request) => (request.info.path === '/metrics' ? scrape() : undefined)
}

/** Answers `/`; every other path that nobody knows gets the same list with 404, as upstream. */
export function indexPath(paths: () => readonly string[]): PathHandler {
  return ({ info, method }) => {
    if (info.path.startsWith('/apis/') || info.path.startsWith('/api/')) return undefined
    if (method !== 'GET' && method !== 'HEAD') throw genericServerResponse({ code: 405 })
    const known = [...new Set(paths())].toSorted()
    // Upstream writes this document indented, and as JSON whatever was asked for.
    const body = JSON.stringify({ paths: known }, null, 2)
    const headers = { 'content-type': 'application/json' }
    return { type: 'raw', status: info.path === '/' ? 200 : 404, headers, body }
  }
}

/**
 * Requests that last as long as somebody wants: no deadline, no place among the counted.
 * Upstream: pkg/controlplane/apiserver/config.go (LongRunningFunc), v1.36.
 */
import type { RequestInfo } from './request-info.ts'
import { isStreamed } from './subresources.ts'

export function isLongRunning(info: RequestInfo, query: URLSearchParams): boolean {
  if (!info.isResource) return info.path.startsWith('/debug/pprof/')
  if (info.verb === 'watch' || info.verb === 'proxy') return true
  if (!isStreamed(info.subresource)) return false
  return info.subresource !== 'log' || query.has('follow')
}

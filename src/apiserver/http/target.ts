/** A request's URL, taken apart. */
import { badRequest } from '#api/meta/status.ts'
import { parseRequestInfo } from './request-info.ts'
import type { RequestInfo } from './request-info.ts'

export interface Target {
  readonly info: RequestInfo
  readonly query: URLSearchParams
}

const noQuery = new URLSearchParams()

/** Throws BadRequest for a path that is not well escaped. */
export function parseTarget(method: string, url: string): Target {
  const mark = url.indexOf('?')
  const escaped = mark === -1 ? url : url.slice(0, mark)
  const query = mark === -1 ? noQuery : new URLSearchParams(url.slice(mark + 1))
  return { info: parseRequestInfo(method, unescapePath(escaped), query), query }
}

function unescapePath(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(path)}`)
  }
}

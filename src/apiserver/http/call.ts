import type { Resource } from '#resources/resource.ts'
import type { Call } from '#apiserver/registry/registry.ts'
import type { Incoming } from './incoming.ts'
import { limits } from './limits.ts'

export interface CallOptions {
  readonly dryRun: boolean
  readonly fieldManager?: string
  /** Absent: the request's. */
  readonly signal?: AbortSignal
}

/** The registry's view of a request. */
export function callOf(request: Incoming, resource: Resource, options: CallOptions): Call {
  const manager = options.fieldManager ?? ''
  return {
    user: request.user,
    resource,
    namespace: resource.namespaced ? request.info.namespace : '',
    subresource: request.info.subresource,
    fieldManager: manager === '' ? userAgentManager(request.headers['user-agent']) : manager,
    dryRun: options.dryRun,
    get signal() {
      return options.signal ?? request.signal
    },
    warn: (text) => request.warn(text),
    annotate: (key, value) => request.annotate?.(key, value),
    authorizeCreate: () => request.authorizeCreate?.(),
  }
}

/** What a client that names no manager is called: its program's name. */
function userAgentManager(userAgent: string | undefined): string {
  if (userAgent === undefined) return 'unknown'
  const name = userAgent.split('/', 1)[0] ?? ''
  const printable = name.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '')
  return printable.slice(0, limits.fieldManagerLengthMax)
}

/**
 * `/healthz`, `/livez`, `/readyz` and each check below them.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/healthz/healthz.go, v1.36.
 */
import type { Logger } from '#base/logger.ts'
import { plainText } from './answer.ts'
import type { Answer } from './answer.ts'
import type { PathHandler } from './dispatch.ts'
import type { Incoming } from './incoming.ts'

export interface HealthCheck {
  readonly name: string
  /** Which of the three ask for it; absent: all. */
  readonly endpoints?: readonly HealthEndpoint[]
  /** Undefined: healthy; else what is wrong, for the log and the check's own path. */
  check(signal: AbortSignal): Promise<string | undefined> | string | undefined
}

export type HealthEndpoint = 'healthz' | 'livez' | 'readyz'

export const ping: HealthCheck = { name: 'ping', check: () => undefined }

export function healthPaths(checks: readonly HealthCheck[], log: Logger): PathHandler {
  return (request) => {
    const [, endpoint = '', ...rest] = request.info.path.split('/')
    if (endpoint !== 'healthz' && endpoint !== 'livez' && endpoint !== 'readyz') return undefined
    const own = checks.filter(
      (check) => check.endpoints === undefined || check.endpoints.includes(endpoint),
    )
    if (rest.length === 0 || rest[0] === '') return checkAll(endpoint, own, { request, log })
    const single = own.find((check) => check.name === rest.join('/'))
    return single === undefined ? undefined : checkOne(single, request)
  }
}

/** The paths of every check, for the index of `/`. */
export function healthIndex(checks: readonly HealthCheck[]): readonly string[] {
  const endpoints: readonly HealthEndpoint[] = ['healthz', 'livez', 'readyz']
  return endpoints.flatMap((endpoint) => [
    `/${endpoint}`,
    ...checks
      .filter((check) => check.endpoints?.includes(endpoint) ?? true)
      .map((check) => `/${endpoint}/${check.name}`),
  ])
}

async function checkOne(check: HealthCheck, request: Incoming): Promise<Answer> {
  const failure = await run(check, request.signal)
  if (failure === undefined) return plainText(200, 'ok')
  return plainText(500, `internal server error: ${failure}\n`)
}

interface Asked {
  readonly request: Incoming
  readonly log: Logger
}

async function checkAll(
  endpoint: HealthEndpoint,
  checks: readonly HealthCheck[],
  { request, log }: Asked,
): Promise<Answer> {
  const excluded = new Set(request.query.getAll('exclude'))
  const lines: string[] = []
  const failed: string[] = []
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok\n`)
      continue
    }
    const failure = await run(check, request.signal)
    if (failure === undefined) lines.push(`[+]${check.name} ok\n`)
    else {
      failed.push(check.name)
      lines.push(`[-]${check.name} failed: reason withheld\n`)
      log.warning('A health check failed', { endpoint, check: check.name, reason: failure })
    }
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ')
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}\n`)
  }
  if (failed.length > 0) return plainText(500, `${lines.join('')}${endpoint} check failed\n`)
  if (!request.query.has('verbose')) return plainText(200, 'ok')
  return plainText(200, `${lines.join('')}${endpoint} check passed\n`)
}

async function run(check: HealthCheck, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await check.check(signal)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

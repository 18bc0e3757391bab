/**
 * What the backends of the audit log have in common: mode, batches, truncation, version.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/options/audit.go, v1.36.
 */
import type { BatchOptions, Mode } from '#apiserver/audit/line-sink.ts'
import { UserError } from '#base/user-error.ts'
import type { Flag, Parsed } from './flags.ts'

export type BackendName = 'log' | 'webhook'

/** A file does not gain by batches, and cannot be asked too often. */
const defaults = {
  log: { mode: 'blocking', size: 1, wait: '0s', throttle: false, qps: '0', burst: 0 },
  webhook: { mode: 'batch', size: 400, wait: '30s', throttle: true, qps: '10', burst: 15 },
} as const

const modes: readonly Mode[] = ['batch', 'blocking', 'blocking-strict']
const version = 'audit.k8s.io/v1'

export function backendFlags(name: BackendName): readonly Flag[] {
  const { mode, size, wait, throttle, qps, burst } = defaults[name]
  const flag = (rest: string, more: Omit<Flag, 'name'>): Flag => ({
    name: `audit-${name}-${rest}`,
    ...more,
  })
  return [
    flag('mode', { kind: 'string', default: mode, usage: 'batch, blocking or blocking-strict' }),
    flag('batch-buffer-size', {
      kind: 'integer',
      default: 10_000,
      usage: 'events that wait at most; with mode batch',
    }),
    flag('batch-max-size', { kind: 'integer', default: size, usage: 'events of a batch' }),
    flag('batch-max-wait', {
      kind: 'duration',
      default: wait,
      usage: 'how long a batch waits for more events',
    }),
    flag('batch-throttle-enable', {
      kind: 'boolean',
      default: throttle,
      usage: 'whether there is a limit on batches',
    }),
    flag('batch-throttle-qps', { kind: 'string', default: qps, usage: 'batches a second' }),
    flag('batch-throttle-burst', {
      kind: 'integer',
      default: burst,
      usage: 'batches at a time when there were none before',
    }),
    flag('truncate-enabled', {
      kind: 'boolean',
      usage: 'whether events that are too large lose their objects',
    }),
    flag('truncate-max-event-size', {
      kind: 'integer',
      default: 100 * 1024,
      usage: 'bytes of an event that are not too large',
    }),
    flag('truncate-max-batch-size', {
      kind: 'integer',
      default: 10 * 1024 * 1024,
      usage: 'bytes of a batch; must be at least those of an event',
    }),
    flag('version', { kind: 'string', default: version, usage: `of events: ${version}` }),
  ]
}

/** Throws UserError, with upstream's words. */
export function checkBackend(flags: Parsed, name: BackendName): void {
  const mode = modeOf(flags, name)
  if (mode === 'batch') checkBatch(flags, name)
  checkTruncation(flags, name)
  if (flags.string(`audit-${name}-version`) !== version) {
    throw new UserError(`invalid group version, allowed versions are [${JSON.stringify(version)}]`)
  }
}

export function modeOf(flags: Parsed, name: BackendName): Mode {
  const given = flags.string(`audit-${name}-mode`)
  const mode = modes.find((known) => known === given)
  if (mode !== undefined) return mode
  throw new UserError(
    `invalid audit ${name} mode ${given}, allowed modes are ${JSON.stringify(modes.join(','))}`,
  )
}

export function batchOf(flags: Parsed, name: BackendName): Omit<BatchOptions, 'isStream'> {
  const prefix = `audit-${name}-batch`
  const qps = Number(flags.string(`${prefix}-throttle-qps`))
  const burst = flags.integer(`${prefix}-throttle-burst`)
  return {
    bufferSize: flags.integer(`${prefix}-buffer-size`),
    sizeMax: flags.integer(`${prefix}-max-size`),
    waitMs: flags.durationMs(`${prefix}-max-wait`),
    ...(flags.boolean(`${prefix}-throttle-enable`) && { throttle: { qps, burst } }),
  }
}

/** Empty: truncation is off. */
export function truncationOf(flags: Parsed, name: BackendName): { eventBytesMax?: number } {
  if (!flags.boolean(`audit-${name}-truncate-enabled`)) return {}
  return { eventBytesMax: flags.integer(`audit-${name}-truncate-max-event-size`) }
}

function checkBatch(flags: Parsed, name: BackendName): void {
  const { bufferSize, sizeMax, throttle } = batchOf(flags, name)
  const positive = [
    ['buffer size', bufferSize],
    ['max batch size', sizeMax],
    ...(throttle === undefined
      ? []
      : ([
          ['throttle QPS', throttle.qps],
          ['throttle burst', throttle.burst],
        ] as const)),
  ] as const
  for (const [what, value] of positive) {
    if (value > 0) continue
    throw new UserError(`invalid audit batch ${name} ${what} ${value}, must be a positive number`)
  }
}

function checkTruncation(flags: Parsed, name: BackendName): void {
  const event = flags.integer(`audit-${name}-truncate-max-event-size`)
  const batch = flags.integer(`audit-${name}-truncate-max-batch-size`)
  if (event <= 0) {
    throw new UserError(
      `invalid audit truncate ${name} max event size ${event}, must be a positive number`,
    )
  }
  if (batch < event) {
    throw new UserError(
      `invalid audit truncate ${name} max batch size ${batch}, must be greater than max event size (${event})`,
    )
  }
}

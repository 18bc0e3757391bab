/** The audit log's flags, as upstream spells them. Its code is loaded only when a policy asks for it. */
import type { Auditor } from '#apiserver/audit/auditor.ts'
import type { Mode } from '#apiserver/audit/log-sink.ts'
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { UserError } from '#base/user-error.ts'
import type { Flag, Parsed } from './flags.ts'

export const auditFlags: readonly Flag[] = [
  { name: 'audit-policy-file', kind: 'string', usage: 'which requests are audited, and how much' },
  { name: 'audit-log-path', kind: 'string', usage: 'where events are written; - is stdout' },
  {
    name: 'audit-log-format',
    kind: 'string',
    default: 'json',
    usage: 'json, or legacy: a line of text an event',
  },
  {
    name: 'audit-log-mode',
    kind: 'string',
    default: 'blocking',
    usage: 'batch, blocking or blocking-strict',
  },
  { name: 'audit-log-maxage', kind: 'integer', usage: 'days that old logs are kept; 0: for ever' },
  { name: 'audit-log-maxbackup', kind: 'integer', usage: 'old logs that are kept; 0: all' },
  { name: 'audit-log-maxsize', kind: 'integer', usage: 'megabytes of a log before it is rotated' },
  { name: 'audit-log-compress', kind: 'boolean', usage: 'whether old logs are compressed' },
  {
    name: 'audit-log-truncate-enabled',
    kind: 'boolean',
    usage: 'whether events that are too large lose their objects',
  },
  {
    name: 'audit-log-truncate-max-event-size',
    kind: 'integer',
    default: 100 * 1024,
    usage: 'bytes of an event that are not too large',
  },
  {
    name: 'audit-log-truncate-max-batch-size',
    kind: 'integer',
    default: 10 * 1024 * 1024,
    usage: 'bytes of a batch; must be at least those of an event',
  },
]

export interface AuditWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly stdout: (text: string) => void
}

export interface OpenAudit extends AsyncDisposable {
  readonly auditor: (metrics: MetricRegistry) => Auditor
}

/** Undefined: there is no policy, or nowhere to write. Throws UserError. */
export async function openAudit(flags: Parsed, world: AuditWorld): Promise<OpenAudit | undefined> {
  const chosen = choose(flags)
  if (chosen === undefined) return undefined
  const { readFile } = await import('node:fs/promises')
  const { parseAuditPolicy } = await import('#apiserver/audit/policy.ts')
  const { compilePolicy } = await import('#apiserver/audit/evaluate.ts')
  const { auditMetrics } = await import('#apiserver/audit/metrics.ts')
  const { Auditor: Told } = await import('#apiserver/audit/auditor.ts')
  const text = await readFile(chosen.policy, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `loading audit policy file: failed to read file path "${chosen.policy}": ${error.code ?? error.message}`,
    )
  })
  const evaluate = compilePolicy(parseAuditPolicy(text, chosen.policy))
  const sink = await openSink(flags, chosen, world)
  const { clock, log } = world
  const isStrict = chosen.mode === 'blocking-strict'
  return {
    auditor: (metrics) =>
      new Told({ evaluate, sink, clock, log, isStrict, metrics: auditMetrics(metrics, 'log') }),
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  }
}

interface Chosen {
  readonly policy: string
  readonly path: string
  readonly format: 'json' | 'legacy'
  readonly mode: Mode
}

/** Upstream: staging/src/k8s.io/apiserver/pkg/server/options/audit.go, Validate, v1.36. */
function choose(flags: Parsed): Chosen | undefined {
  const policy = flags.string('audit-policy-file')
  const path = flags.string('audit-log-path')
  const format = flags.string('audit-log-format')
  const mode = flags.string('audit-log-mode')
  if (format !== 'json' && format !== 'legacy') {
    throw new UserError(
      `invalid audit log format ${format}, allowed formats are ${JSON.stringify('legacy,json')}`,
    )
  }
  if (mode !== 'batch' && mode !== 'blocking' && mode !== 'blocking-strict') {
    throw new UserError(
      `invalid audit log mode ${mode}, allowed modes are "batch,blocking,blocking-strict"`,
    )
  }
  for (const name of ['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize']) {
    if (flags.integer(name) < 0) throw new UserError(`--${name} can't be a negative number`)
  }
  checkTruncation(flags)
  if (policy === '' || path === '') return undefined
  return { policy, path, format, mode }
}

function checkTruncation(flags: Parsed): void {
  if (!flags.boolean('audit-log-truncate-enabled')) return
  const event = flags.integer('audit-log-truncate-max-event-size')
  const batch = flags.integer('audit-log-truncate-max-batch-size')
  if (event <= 0) {
    throw new UserError(
      `invalid audit truncate log max event size ${event}, must be a positive number`,
    )
  }
  if (batch < event) {
    throw new UserError(
      `invalid audit truncate log max batch size ${batch}, must be greater than max event size (${event})`,
    )
  }
}

async function openSink(flags: Parsed, { path, format, mode }: Chosen, world: AuditWorld) {
  const { logSink } = await import('#apiserver/audit/log-sink.ts')
  const { truncating } = await import('#apiserver/audit/truncate.ts')
  const sink = logSink(await openTarget(flags, path, world), format, mode)
  if (!flags.boolean('audit-log-truncate-enabled')) return sink
  return truncating(sink, flags.integer('audit-log-truncate-max-event-size'))
}

async function openTarget(flags: Parsed, path: string, { clock, log, stdout }: AuditWorld) {
  if (path === '-') {
    return {
      write: (bytes: Uint8Array) => stdout(Buffer.from(bytes).toString()),
      async [Symbol.asyncDispose]() {},
    }
  }
  const { LogFile } = await import('#apiserver/audit/log-file.ts')
  try {
    return new LogFile({
      path,
      sizeMegabytesMax: flags.integer('audit-log-maxsize'),
      backupsMax: flags.integer('audit-log-maxbackup'),
      ageDaysMax: flags.integer('audit-log-maxage'),
      compress: flags.boolean('audit-log-compress'),
      clock,
      log,
    })
  } catch (error) {
    throw new UserError(`ensureLogFile: ${error instanceof Error ? error.message : String(error)}`)
  }
}

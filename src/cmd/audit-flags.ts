/**
 * The audit log's flags, as upstream spells them. Its code is loaded only when a policy asks for it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/options/audit.go, v1.36.
 */
import type { AuditBackends, BackendOptions } from '#apiserver/audit/backends.ts'
import type { LineBackend } from '#apiserver/audit/line-sink.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { UserError } from '#base/user-error.ts'
import { backendFlags, checkBackend, modeOf, batchOf, truncationOf } from './audit-backend-flags.ts'
import { connectByKubeconfig } from './connect-webhook.ts'
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
  { name: 'audit-log-maxage', kind: 'integer', usage: 'days that old logs are kept; 0: for ever' },
  { name: 'audit-log-maxbackup', kind: 'integer', usage: 'old logs that are kept; 0: all' },
  { name: 'audit-log-maxsize', kind: 'integer', usage: 'megabytes of a log before it is rotated' },
  { name: 'audit-log-compress', kind: 'boolean', usage: 'whether old logs are compressed' },
  ...backendFlags('log'),
  {
    name: 'audit-webhook-config-file',
    kind: 'string',
    usage: 'a kubeconfig of the server that events are sent to',
  },
  {
    name: 'audit-webhook-initial-backoff',
    kind: 'duration',
    default: '10s',
    usage: 'how long to wait before events are sent again for the first time',
  },
  ...backendFlags('webhook'),
]

export interface AuditWorld {
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly stdout: (text: string) => void
}

/** Undefined: there is no policy, or nowhere to write. Throws UserError. */
export async function openAudit(
  flags: Parsed,
  world: AuditWorld,
): Promise<AuditBackends | undefined> {
  checkLog(flags)
  checkBackend(flags, 'log')
  checkBackend(flags, 'webhook')
  const policy = flags.string('audit-policy-file')
  const [path, config] = [flags.string('audit-log-path'), flags.string('audit-webhook-config-file')]
  if (policy === '' || (path === '' && config === '')) return undefined
  const { readFile } = await import('node:fs/promises')
  const { parseAuditPolicy } = await import('#apiserver/audit/policy.ts')
  const { compilePolicy } = await import('#apiserver/audit/evaluate.ts')
  const { auditBackends } = await import('#apiserver/audit/backends.ts')
  const text = await readFile(policy, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `loading audit policy file: failed to read file path "${policy}": ${error.code ?? error.message}`,
    )
  })
  const evaluate = compilePolicy(parseAuditPolicy(text, policy))
  const backends: BackendOptions[] = []
  if (config !== '') backends.push(await openWebhook(flags, config, world))
  if (path !== '') backends.unshift(await openLog(flags, path, world))
  return auditBackends({ evaluate, backends, clock: world.clock, log: world.log })
}

function checkLog(flags: Parsed): void {
  const format = flags.string('audit-log-format')
  if (format !== 'json' && format !== 'legacy') {
    throw new UserError(
      `invalid audit log format ${format}, allowed formats are ${JSON.stringify('legacy,json')}`,
    )
  }
  for (const name of ['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize']) {
    if (flags.integer(name) < 0) throw new UserError(`--${name} can't be a negative number`)
  }
}

async function openLog(flags: Parsed, path: string, world: AuditWorld): Promise<BackendOptions> {
  const { fileBackend } = await import('#apiserver/audit/file-backend.ts')
  const { lineOf } = await import('#apiserver/audit/format.ts')
  const format = flags.string('audit-log-format') === 'json' ? 'json' : 'legacy'
  return {
    plugin: 'log',
    mode: modeOf(flags, 'log'),
    backend: fileBackend(await openTarget(flags, path, world)),
    encode: (event) => Buffer.from(lineOf(event, format)),
    batch: { ...batchOf(flags, 'log'), isStream: true },
    ...truncationOf(flags, 'log'),
  }
}

async function openWebhook(
  flags: Parsed,
  config: string,
  { clock, random }: AuditWorld,
): Promise<BackendOptions> {
  const { webhookBackend } = await import('#apiserver/audit/webhook-backend.ts')
  const flag = '--audit-webhook-config-file'
  const post = await connectByKubeconfig(flag, config, { answers: 'ignored' })
  const truncation = truncationOf(flags, 'webhook')
  const batchBytesMax = flags.integer('audit-webhook-truncate-max-batch-size')
  const backend: LineBackend = webhookBackend({
    post,
    clock,
    random,
    initialBackoffMs: flags.durationMs('audit-webhook-initial-backoff'),
    ...('eventBytesMax' in truncation && { batchBytesMax }),
  })
  return {
    plugin: 'webhook',
    mode: modeOf(flags, 'webhook'),
    backend,
    encode: (event) => Buffer.from(JSON.stringify(event)),
    batch: { ...batchOf(flags, 'webhook'), isStream: false },
    ...truncation,
  }
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

/** How much, how long and how it ends: the server's limits, as upstream spells them. */
import type { FlowControlChoice, ListenOptions, ServingChoice } from '#apiserver/server-options.ts'
import { UserError } from '#base/user-error.ts'
import type { Flag, Parsed } from './flags.ts'

export const servingFlags: readonly Flag[] = [
  {
    name: 'enable-priority-and-fairness',
    kind: 'boolean',
    default: true,
    usage: 'whether requests wait for seats of their priority level',
  },
  {
    name: 'max-requests-inflight',
    kind: 'integer',
    default: 400,
    usage: 'reads that are served at once; 0: any number',
  },
  {
    name: 'max-mutating-requests-inflight',
    kind: 'integer',
    default: 200,
    usage: 'writes that are served at once; 0: any number',
  },
  {
    name: 'request-timeout',
    kind: 'duration',
    default: '1m0s',
    usage: 'how long a request may take',
  },
  {
    name: 'min-request-timeout',
    kind: 'integer',
    default: 1800,
    usage: 'seconds that a watch lasts at least, unless it asks for less',
  },
  {
    name: 'http2-max-streams-per-connection',
    kind: 'integer',
    usage: 'requests at once over one HTTP/2 connection; 0: the default of 250',
  },
  {
    name: 'goaway-chance',
    kind: 'string',
    default: '0',
    usage: 'how likely a request over HTTP/2 ends its connection, 0 to 0.02',
  },
  {
    name: 'shutdown-delay-duration',
    kind: 'duration',
    default: '0s',
    usage: 'how long the server goes on serving when it is told to stop, but is not ready',
  },
  {
    name: 'shutdown-send-retry-after',
    kind: 'boolean',
    usage: 'whether the port stays open, and newcomers are sent away, until all are served',
  },
]

export interface ServingOptions {
  readonly flowControl: FlowControlChoice
  readonly serving: ServingChoice
  readonly listen: Pick<ListenOptions, 'streamsMax' | 'goawayChance'>
}

/**
 * Throws UserError.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/options/server_run_options.go, Validate, v1.36.
 */
export function servingOptions(flags: Parsed): ServingOptions {
  const streamsMax = notNegative(flags, 'http2-max-streams-per-connection')
  return {
    flowControl: {
      enabled: flags.boolean('enable-priority-and-fairness'),
      reads: notNegative(flags, 'max-requests-inflight'),
      writes: notNegative(flags, 'max-mutating-requests-inflight'),
    },
    serving: {
      requestTimeoutMs: duration(flags, 'request-timeout'),
      watchTimeoutMinMs: notNegative(flags, 'min-request-timeout') * 1000,
      shutdownDelayMs: duration(flags, 'shutdown-delay-duration'),
      shutdownSendsRetryAfter: flags.boolean('shutdown-send-retry-after'),
    },
    listen: { ...(streamsMax > 0 && { streamsMax }), goawayChance: goawayChance(flags) },
  }
}

function notNegative(flags: Parsed, name: string): number {
  const value = flags.integer(name)
  if (value < 0) throw new UserError(`--${name} can not be negative value`)
  return value
}

function duration(flags: Parsed, name: string): number {
  const ms = flags.durationMs(name)
  if (ms < 0) throw new UserError(`--${name} can not be negative value`)
  return ms
}

function goawayChance(flags: Parsed): number {
  const chance = Number(flags.string('goaway-chance'))
  if (!(chance >= 0 && chance <= 0.02)) {
    throw new UserError('--goaway-chance can not be less than 0 or greater than 0.02')
  }
  return chance
}

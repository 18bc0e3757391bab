/**
 * Cron schedules as Kubernetes reads them, which is how robfig/cron does: five fields, `@daily` and the
 * like, `@every 1h30m`, a zone in front; a time that a change to summer time skips does not come.
 * The arithmetic is croner's: see docs/decisions/0005-croner.md.
 */
import { Cron } from 'croner'

export interface Schedule {
  /** The first time after `ms` (since 1970); undefined when there is none. */
  next(ms: number): number | undefined
}

const named: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** Throws an Error for what is no schedule, and for a zone that is unknown. */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  const prefixed = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(text)
  const zone = prefixed?.[1] ?? timeZone
  const pattern = (prefixed?.[2] ?? text).trim()
  if (pattern.startsWith('@every ')) return every(pattern.slice('@every '.length))
  const fields = named[pattern] ?? pattern
  const parts = fields.split(/\s+/)
  if (parts.length !== 5) {
    throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`)
  }
  if (/[LW#+]/.test(fields.replaceAll(/[A-Z]{3}/gi, ''))) {
    throw new Error(`failed to parse int from ${fields}`)
  }
  return fromCroner(fields.replaceAll('?', '*'), zone)
}

function fromCroner(fields: string, zone: string | undefined): Schedule {
  const mode = { mode: '5-part', ...(zone === undefined ? {} : { timezone: zone }) } as const
  const cron = new Cron(fields, mode)
  return {
    next(ms) {
      for (let after = new Date(ms), tries = 0; tries < skippedMax; tries++) {
        const next = cron.nextRun(after)
        if (next === null) return undefined
        // In the hour that summer time leaves out, croner fires at its end: a time that does not match.
        if (cron.match(next)) return next.getTime()
        after = next
      }
      return undefined
    },
  }
}

/** A schedule whose every time falls into a skipped hour comes at most once a year. */
const skippedMax = 10

/** From one start to the next, in whole seconds, one at least. */
function every(text: string): Schedule {
  const delayMs = Math.max(1000, Math.floor(durationMs(text) / 1000) * 1000)
  return { next: (ms) => Math.floor((ms + delayMs) / 1000) * 1000 }
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Go's durations: `1h30m`. */
function durationMs(text: string): number {
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw new Error(`failed to parse duration @every ${text}: time: invalid duration "${text}"`)
  }
  let sum = 0
  for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(number) * (units[unit] ?? 0)
  }
  return sum
}

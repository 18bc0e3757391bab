/**
 * Whether a schedule can be read, in the words of the library that upstream reads it with.
 * Upstream: github.com/robfig/cron/v3 parser.go, ParseStandard.
 */

interface Field {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const weekdays = 'sun mon tue wed thu fri sat'.split(' ')

const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
]

const descriptors = new Set(
  '@yearly @annually @monthly @weekly @daily @midnight @hourly'.split(' '),
)

/** Undefined when the schedule is fine. */
export function cronProblem(schedule: string): string | undefined {
  try {
    checkSchedule(schedule)
    return undefined
  } catch (error) {
    if (error instanceof CronError) return error.message
    throw error
  }
}

class CronError extends Error {
  override readonly name = 'CronError'
}

const goDuration = /^[-+]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/

function checkSchedule(schedule: string): void {
  if (schedule === '') throw new CronError('empty spec string')
  const rest = schedule.replace(/^(?:CRON_)?TZ=\S+\s*/, '')
  if (rest.startsWith('@')) {
    checkDescriptor(rest)
    return
  }
  const parts = rest.split(/\s+/).filter((part) => part !== '')
  if (parts.length !== fields.length) {
    throw new CronError(
      `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`,
    )
  }
  fields.forEach((field, at) => {
    for (const range of (parts[at] as string).split(',')) checkRange(range, field)
  })
}

function checkDescriptor(text: string): void {
  if (descriptors.has(text)) return
  if (!text.startsWith('@every ')) throw new CronError(`unrecognized descriptor: ${text}`)
  if (goDuration.test(text.slice('@every '.length))) return
  const given = JSON.stringify(text.slice('@every '.length))
  throw new CronError(`failed to parse duration ${text}: time: invalid duration ${given}`)
}

function checkRange(text: string, field: Field): void {
  const [range, step, ...more] = text.split('/')
  const { start, end } = boundsOf(range as string, field, text, step !== undefined)
  if (more.length > 0) throw new CronError(`too many slashes: ${text}`)
  const width = step === undefined ? 1 : positiveInteger(step)
  if (start < field.min) {
    throw new CronError(`beginning of range (${start}) below minimum (${field.min}): ${text}`)
  }
  if (end > field.max) {
    throw new CronError(`end of range (${end}) above maximum (${field.max}): ${text}`)
  }
  if (start > end) {
    throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  }
  if (width === 0) throw new CronError(`step of range should be a positive number: ${text}`)
}

function boundsOf(
  range: string,
  field: Field,
  text: string,
  stepped: boolean,
): { readonly start: number; readonly end: number } {
  const [low, high, ...more] = range.split('-')
  if (low === '*' || low === '?') return { start: field.min, end: field.max }
  const start = numberOrName(low as string, field)
  if (more.length > 0) throw new CronError(`too many hyphens: ${text}`)
  if (high !== undefined) return { start, end: numberOrName(high, field) }
  return { start, end: stepped ? field.max : start }
}

function numberOrName(text: string, { names, min }: Field): number {
  const at = names?.indexOf(text.toLowerCase()) ?? -1
  return at >= 0 ? at + min : positiveInteger(text)
}

function positiveInteger(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) {
    const quoted = JSON.stringify(text)
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${quoted}: invalid syntax`,
    )
  }
  const value = Number(text)
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`)
  return value
}

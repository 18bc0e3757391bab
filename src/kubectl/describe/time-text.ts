/** Times as Go prints them, in the local zone. Upstream: Go's time/format.go, apimachinery util/duration. */
import { humanDuration } from '#api/meta/time.ts'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** A time of the API: absent, or null, when it never was. */
export type OptionalTime = string | null | undefined

/** `Mon, 02 Jan 2006 15:04:05 -0700`; a time that was never is Go's zero time. */
export function dateText(time: OptionalTime): string {
  if (time === undefined || time === null) return 'Mon, 01 Jan 0001 00:00:00 +0000'
  const date = new Date(time)
  const day = `${days[date.getDay()]}, ${two(date.getDate())} ${months[date.getMonth()]}`
  return `${day} ${date.getFullYear()} ${clockText(date)} ${zoneText(date)}`
}

/** `2006-01-02 15:04:05 -0700 MST`: how Go prints a time by itself. */
export function plainTimeText(time: OptionalTime): string {
  if (time === undefined || time === null) return '0001-01-01 00:00:00 +0000 UTC'
  const date = new Date(time)
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${clockText(date)} ${zoneText(date)} ${zoneName(date)}`
}

/** How long ago; `<unknown>` when never. */
export function sinceText(time: OptionalTime, nowMs: number): string {
  if (time === undefined || time === null) return '<unknown>'
  return humanDuration(nowMs - Date.parse(time))
}

function clockText(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function zoneText(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}${two(size % 60)}`
}

function zoneName(date: Date): string {
  if (date.getTimezoneOffset() === 0) return 'UTC'
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(date)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}

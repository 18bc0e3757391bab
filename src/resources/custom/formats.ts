/**
 * The formats of strings that are checked; all others say nothing.
 * Upstream: k8s.io/kube-openapi/pkg/validation/strfmt/default.go, date.go, time.go, duration.go and
 * staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/validation/formats.go, v1.36.
 */
import { validateDns1123Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import { canonicalQuantity } from '#api/meta/quantity.ts'
import { familyOf, isCidr } from '#resources/checks/ip.ts'

export type FormatCheck = (text: string) => boolean

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z0-9\p{S}\p{L}])(-?[a-zA-Z0-9\p{S}\p{L}]){1,62})$/u
const creditCard =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/
const dateTime =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?$/
const goDuration = /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const wordDuration =
  /^\s*\d+\s*(?:ns|nano|us|µs|micro|ms|milli|s|sec|m|min|h|hr|hour|d|day|w|wk|week)s?\s*$/
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/
const rgb =
  /^rgb\(\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*(?:,\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*){2}\)$/
const mac =
  /^(?:[\da-f]{2}([:-])[\da-f]{2}(?:\1[\da-f]{2}){4}(?:(?:\1[\da-f]{2}){2}|(?:\1[\da-f]{2}){14})?|[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4}(?:\.[\da-f]{4})?)$/i
const email = /^[^\s@<>()[\],;:"\\]+(?:\.[^\s@<>()[\],;:"\\]+)*@[^\s@<>()[\],;:"\\]+$/

const uuid = (third: string, fourth: string): FormatCheck =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${third}-?${fourth}-?[0-9a-f]{12}$`, 'i'))

/** By name without hyphens, as the schema's are looked up. */
const checks: Readonly<Record<string, FormatCheck>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  uri: (text) => text.startsWith('/') || (/^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text)),
  email: (text) => email.test(addressOf(text)),
  hostname: isHostname,
  ipv4: (text) => isAddress(text, 'IPv4'),
  ipv6: (text) => isAddress(text, 'IPv6'),
  cidr: isCidr,
  mac: matches(mac),
  uuid: uuid('[0-9a-f]{4}', '[0-9a-f]{4}'),
  uuid3: uuid('3[0-9a-f]{3}', '[0-9a-f]{4}'),
  uuid4: uuid('4[0-9a-f]{3}', '[89ab][0-9a-f]{3}'),
  uuid5: uuid('5[0-9a-f]{3}', '[89ab][0-9a-f]{3}'),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(rgb),
  byte: matches(base64),
  password: () => true,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text),
  duration: (text) => goDuration.test(text) || wordDuration.test(text),
  datetime: isDateTime,
  quantity: isQuantity,
  k8sshortname: (text) => validateDns1123Label(text).length === 0,
  k8slongname: (text) => validateDns1123Subdomain(text).length === 0,
}

/** Undefined: the format of such a type says nothing. */
export function formatCheck(type: string, format: string): FormatCheck | undefined {
  if (type !== '' && type !== 'string') return undefined
  const name = format.replaceAll('-', '')
  return Object.hasOwn(checks, name) ? checks[name] : undefined
}

const numeric: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
}

/** What is told about; the format is ignored. */
export function isUnknownFormat(type: string, format: string): boolean {
  if (format === '' || formatCheck(type, format) !== undefined) return false
  return numeric[type]?.includes(format) !== true
}

function matches(pattern: RegExp): FormatCheck {
  return (text) => pattern.test(text)
}

function isAddress(text: string, family: 'IPv4' | 'IPv6'): boolean {
  return !text.includes('/') && familyOf(text) === family
}

/** `Bob <bob@example.com>` is an address, too. */
function addressOf(text: string): string {
  return /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text
}

function isHostname(text: string): boolean {
  if (!hostname.test(text) || byteLength(text) > 255) return false
  return text.split('.').every((label) => byteLength(label) <= 63)
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

function isDateTime(text: string): boolean {
  if (text.length < 4) return false
  const match = dateTime.exec(text)
  if (match === null) return false
  const [, day = '', hours, minutes, seconds] = match
  return isDay(day) && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60
}

function isQuantity(text: string): boolean {
  try {
    canonicalQuantity(text)
    return true
  } catch {
    return false
  }
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/\D+/g, '')
  if (!creditCard.test(digits)) return false
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 === 0 ? 1 : 2)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return sum % 10 === 0
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '')
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false
  const sum = Array.from(digits).reduce((total, digit, at) => {
    return total + (at + 1) * (digit === 'X' ? 10 : Number(digit))
  }, 0)
  return sum % 11 === 0
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '')
  if (!/^[0-9]{13}$/.test(digits)) return false
  const sum = Array.from(digits).reduce(
    (total, digit, at) => total + Number(digit) * (at % 2 ? 3 : 1),
    0,
  )
  return sum % 10 === 0
}

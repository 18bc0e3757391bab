/** What `-v=6` to `-v=10` show of requests. Upstream: client-go transport/round_trippers.go, klog. */
import type { IncomingMessage } from 'node:http'
import { goQuote } from '#api/meta/go-quote.ts'
import type { Io } from '#kubectl/io.ts'

export interface RequestLog {
  request(sent: Sent): void
  response(received: {
    readonly method: string
    readonly url: string
    readonly message: IncomingMessage
  }): void
  body(title: 'Request Body' | 'Response Body', body: string | Uint8Array): void
}

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
}

/** Longest body that is shown below `-v=9` and `-v=10`. */
const bodyBytesMax: readonly (readonly [verbosity: number, bytes: number])[] = [
  [10, Number.POSITIVE_INFINITY],
  [9, 10240],
  [8, 1024],
]

export function requestLog(verbosity: number, io: Io): RequestLog {
  let startedMs = 0
  const line = (text: string): void => klogLine(io, 'I', text)
  return {
    request({ method, url, headers }) {
      startedMs = io.clock.monotonicMs()
      if (verbosity < 7) return
      line(
        `round_trippers.go:527] "Request" verb=${goQuote(method)} url=${goQuote(url)} headers=<\n${headerLines(headers)} >`,
      )
    },
    response({ method, url, message }) {
      const ms = Math.trunc(io.clock.monotonicMs() - startedMs)
      const status = goQuote(`${message.statusCode} ${message.statusMessage ?? ''}`)
      const request = verbosity < 7 ? ` verb=${goQuote(method)} url=${goQuote(url)}` : ''
      const headers = verbosity < 8 ? '' : ` headers=<\n${headerLines(message.headersDistinct)} >`
      line(
        `round_trippers.go:632] "Response"${request} status=${status}${headers} milliseconds=${ms}`,
      )
    },
    body(title, body) {
      if (verbosity < 8) return
      const text = typeof body === 'string' ? body : Buffer.from(body).toString()
      const max = bodyBytesMax.find(([from]) => verbosity >= from)?.[1] ?? 0
      const shown =
        text.length <= max ? text : `${text.slice(0, max)} [truncated ${text.length - max} chars]`
      line(`helper.go:113] ${goQuote(title)} body=${goQuote(shown)}`)
    },
  }
}

/** Headers that are added below where upstream logs. */
const unlogged = new Set(['Accept-Encoding', 'Content-Length', 'Kubectl-Command'])

function headerLines(headers: object): string {
  const canonical = (name: string): string =>
    name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase())
  return Object.entries(headers as Record<string, string | readonly string[] | undefined>)
    .filter(([name]) => !unlogged.has(name))
    .flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => `\t${canonical(name)}: ${masked(name, one)}\n`),
    )
    .sort()
    .join('')
}

function masked(name: string, value: string): string {
  if (name.toLowerCase() !== 'authorization') return value
  const [scheme = '', secret] = value.split(' ')
  return secret === undefined ? scheme : `${scheme} <masked>`
}

/** A line of klog: severity, date, time, process. */
export function klogLine(io: Io, severity: 'I' | 'W' | 'E', text: string): void {
  const now = new Date(io.clock.nowMs())
  const two = (value: number): string => String(value).padStart(2, '0')
  const micros = String(now.getMilliseconds()).padStart(3, '0').padEnd(6, '0')
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${micros}`
  const day = `${two(now.getMonth() + 1)}${two(now.getDate())}`
  io.stderr(`${severity}${day} ${time} ${String(io.pid).padStart(7)} ${text}\n`)
}

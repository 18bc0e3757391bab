/** `url('https://example.com:80/')`. Upstream: apiserver pkg/cel/library/urls.go and Go's net/url. */
import { goQuote } from '#api/meta/go-quote.ts'
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import { EvaluationError, LiteralMap, ListValue, OpaqueValue, type Value } from '#cel/value.ts'
import { perCharacterOf } from './costs.ts'

const typeName = 'kubernetes.URL'

class UrlValue extends OpaqueValue {
  readonly typeName = typeName
  readonly text: string
  readonly parts: UrlParts

  constructor(text: string, parts: UrlParts) {
    super()
    this.text = text
    this.parts = parts
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof UrlValue && other.text === this.text
  }
}

interface UrlParts {
  readonly scheme: string
  /** With the port. */
  readonly host: string
  readonly hostname: string
  readonly port: string
  readonly escapedPath: string
  readonly query: string
}

/** Go's ParseRequestURI: absolute, or a path from the root. */
const shape = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?]*))?(\/[^?]*)?(?:\?(.*))?$/s
const authority = /^(?:[^@]*@)?((\[[^\]]*\]|[^:]*)(?::(\d*))?)$/s

/** Undefined, or what is wrong, as Go says it. */
export function urlProblem(text: string): string | undefined {
  const result = parseUrl(text)
  return typeof result === 'string' ? result : undefined
}

function hasControl(text: string): boolean {
  return Array.from(text).some((letter) => letter < ' ' || letter === '\x7f')
}

function parseUrl(text: string): UrlParts | string {
  const wrong = (why: string): string => `parse ${goQuote(text)}: ${why}`
  if (text === '') return wrong('empty url')
  if (hasControl(text)) return wrong('net/url: invalid control character in URL')
  const match = shape.exec(text)
  const [, scheme = '', rest = '', path = '', query = ''] = match ?? []
  if (match === null || (scheme === '' && !text.startsWith('/'))) {
    return wrong(text.startsWith(':') ? 'missing protocol scheme' : 'invalid URI for request')
  }
  const host = authority.exec(rest)
  if (host === null)
    return wrong(`invalid port ${goQuote(`:${rest.split(':').slice(1).join(':')}`)} after host`)
  if (/[ <>"]/.test(rest))
    return wrong(`invalid character ${goQuote(/[ <>"]/.exec(rest)?.[0] ?? '')} in host name`)
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(path)
  if (bad !== null) return wrong(`invalid URL escape ${goQuote(bad[0])}`)
  return {
    scheme: scheme.toLowerCase(),
    host: host[1] ?? '',
    hostname: (host[2] ?? '').replace(/^\[|\]$/g, ''),
    port: host[3] ?? '',
    escapedPath: escapePath(path),
    query,
  }
}

/** What Go writes for a path: unsafe characters as percent codes. */
function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@!'()*%[\]]/gu, (part) =>
    Array.from(
      new TextEncoder().encode(part),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  )
}

function url(text: string): UrlValue {
  const parts = parseUrl(text)
  if (typeof parts === 'string')
    throw new EvaluationError(`URL parse error during conversion from string: ${parts}`)
  return new UrlValue(text, parts)
}

function query({ parts }: UrlValue): LiteralMap {
  const values = new Map<string, Value[]>()
  for (const [key, value] of new URLSearchParams(parts.query)) {
    const known = values.get(key)
    if (known === undefined) values.set(key, [value])
    else known.push(value)
  }
  return new LiteralMap([...values].map(([key, list]) => [key, new ListValue(list)] as const))
}

const getter = (name: string, part: keyof UrlParts): FunctionRow =>
  method(name, `(${typeName}) -> string`, { run: ({ parts }: UrlValue) => parts[part] })

export const urls: readonly FunctionRow[] = [
  fn('url', `(string) -> ${typeName}`, { run: url, cost: perCharacterOf(0) }),
  fn('isURL', '(string) -> bool', {
    run: (text: string) => urlProblem(text) === undefined,
    cost: perCharacterOf(0),
  }),
  getter('getScheme', 'scheme'),
  getter('getHost', 'host'),
  getter('getHostname', 'hostname'),
  getter('getPort', 'port'),
  getter('getEscapedPath', 'escapedPath'),
  method('getQuery', `(${typeName}) -> map<string list<string>>`, { run: query }),
]

/**
 * A front proxy that has proven itself by its certificate says in headers for whom it asks.
 * Upstream: staging/src/k8s.io/apiserver/pkg/authentication/request/headerrequest/requestheader.go.
 */
import type { ClientCertificate, UserInfo } from './authenticator.ts'

export interface RequestHeaderOptions {
  /** `--requestheader-client-ca-file`, PEM: who signs the certificates of proxies. */
  readonly clientCa: string
  /** `--requestheader-allowed-names`; empty: any name. */
  readonly allowedNames: readonly string[]
  /** The first header that is there counts. */
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  /** All values of all of them count. */
  readonly groupHeaders: readonly string[]
  readonly extraPrefixes: readonly string[]
}

/** Upstream's flags have no defaults; these are the names that its own aggregator sends. */
export const usualHeaders = {
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraPrefixes: ['X-Remote-Extra-'],
} as const

/** Undefined: the proxy may not speak for others, or names nobody. */
export function proxiedUser(
  options: RequestHeaderOptions,
  proxy: ClientCertificate,
  rawHeaders: readonly string[],
): UserInfo | undefined {
  if (!isAllowed(options.allowedNames, proxy)) return undefined
  const headers = valuesByName(rawHeaders)
  const first = (names: readonly string[]): string =>
    names.map((name) => headers.get(name.toLowerCase())?.[0] ?? '').find(Boolean) ?? ''
  const name = first(options.usernameHeaders)
  if (name === '') return undefined
  const uid = first(options.uidHeaders)
  const extra = extraIn(headers, options.extraPrefixes)
  return {
    name,
    groups: options.groupHeaders.flatMap((header) => headers.get(header.toLowerCase()) ?? []),
    ...(uid !== '' && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

function isAllowed(allowed: readonly string[], { subject }: ClientCertificate): boolean {
  const name = [subject.CN ?? ''].flat().at(-1) ?? ''
  return allowed.length === 0 || allowed.includes(name)
}

function valuesByName(rawHeaders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    const known = values.get(name)
    if (known === undefined) values.set(name, [rawHeaders[at + 1] ?? ''])
    else known.push(rawHeaders[at + 1] ?? '')
  }
  return values
}

function extraIn(
  headers: ReadonlyMap<string, readonly string[]>,
  prefixes: readonly string[],
): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {}
  for (const prefix of prefixes.map((one) => one.toLowerCase())) {
    for (const [name, values] of headers) {
      if (!name.startsWith(prefix)) continue
      const key = unescapeKey(name.slice(prefix.length))
      extra[key] = [...(extra[key] ?? []), ...values]
    }
  }
  return extra
}

/** A key that is no valid escape sequence stands for itself. */
export function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** Headers cannot carry every key: what is no token of RFC 7230, and `%`, is escaped. */
export function escapeKey(key: string): string {
  return encodeURIComponent(key).replaceAll(
    /[()]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  )
}

/** Which requests the proxy passes on. Upstream: kubectl pkg/proxy/proxy_server.go, FilterServer. */
import { CommandError } from '#kubectl/errors.ts'

export interface Filter {
  readonly acceptPaths: readonly RegExp[]
  readonly rejectPaths: readonly RegExp[]
  readonly acceptHosts: readonly RegExp[]
  readonly rejectMethods: readonly RegExp[]
}

/** Commas part expressions; none is none. */
export function expressions(text: string): readonly RegExp[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    try {
      return new RegExp(part)
    } catch (error) {
      throw new CommandError(`Error compiling re: ${(error as Error).message}`)
    }
  })
}

export interface Asked {
  readonly method: string
  readonly path: string
  /** The Host header. */
  readonly host: string
}

export function accepts(filter: Filter, { method, path, host }: Asked): boolean {
  const matches = (text: string, some: readonly RegExp[]): boolean =>
    some.some((expression) => expression.test(text))
  if (matches(path, filter.rejectPaths) || matches(method, filter.rejectMethods)) return false
  return matches(path, filter.acceptPaths) && matches(withoutPort(host), filter.acceptHosts)
}

/** `localhost:8001` is localhost, `[::1]:8001` is ::1, as Go splits them. */
function withoutPort(host: string): string {
  const match = /^\[(.*)\]:\d*$/.exec(host) ?? /^([^:]*):\d*$/.exec(host)
  return match?.[1] ?? host
}

/** What `kubectl proxy` lets in, and where it listens. Upstream: kubectl pkg/cmd/proxy/proxy.go. */
import { once } from 'node:events'
import { existsSync, lstatSync, rmSync, statSync } from 'node:fs'
import type { Server } from 'node:http'
import { isIPv6 } from 'node:net'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { klogLine } from '#kubectl/rest/request-log.ts'
import { expressions } from './filter.ts'
import type { Filter } from './filter.ts'

export function filterOf({ flags, io }: Call): Filter | undefined {
  if (flags.bool('disable-filter')) {
    if (flags.string('unix-socket') === '') {
      klogLine(
        io,
        'W',
        'proxy.go:177] Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious',
      )
    }
    return undefined
  }
  return {
    acceptPaths: expressions(flags.string('accept-paths')),
    rejectPaths: expressions(flags.string('reject-paths')),
    acceptHosts: expressions(flags.string('accept-hosts')),
    rejectMethods: expressions(flags.string('reject-methods')),
  }
}

export function warnOfFolder({ flags, io }: Call): void {
  const folder = flags.string('www')
  if (folder === '') return
  try {
    if (statSync(folder).isDirectory()) return
    klogLine(io, 'W', `proxy.go:202] Static file directory ${folder} is not a directory`)
  } catch {
    klogLine(
      io,
      'W',
      `proxy.go:200] Failed to stat static file directory ${folder}: stat ${folder}: no such file or directory`,
    )
  }
}

const problems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: address already in use',
  EACCES: 'bind: permission denied',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  ENOENT: 'bind: no such file or directory',
}

/** Serves until the server is closed or the process ends. */
export async function listen({ flags, io }: Call, server: Server): Promise<void> {
  const path = flags.string('unix-socket')
  const host = flags.string('address')
  const port = flags.int('port')
  const shown = isIPv6(host) ? `[${host}]` : host
  const place = path === '' ? `tcp ${shown}:${port}` : `unix ${path}`
  if (path !== '') removeStale(path)
  // What others may do with the socket is its folder's and the user's to say.
  const mask = path === '' ? undefined : process.umask(0o077)
  try {
    server.listen(path === '' ? { host, port } : { path })
    await once(server, 'listening')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    // Node says EACCES of a folder that is not there.
    const isLost = path !== '' && !existsSync(dirname(path))
    const problem = problems[isLost ? 'ENOENT' : code] ?? message
    throw new CommandError(`listen ${place}: ${problem}`)
  } finally {
    if (mask !== undefined) process.umask(mask)
  }
  const bound = path === '' ? `${shown}:${(server.address() as AddressInfo).port}` : path
  io.stdout(`Starting to serve on ${bound}\n`)
  io.signal.addEventListener('abort', () => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'close')
}

function removeStale(path: string): void {
  try {
    if (lstatSync(path).isSocket()) rmSync(path)
  } catch {
    // There is none.
  }
}

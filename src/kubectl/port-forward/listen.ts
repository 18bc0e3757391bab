/** Local ports that are listened on. Upstream: client-go tools/portforward/portforward.go. */
import { createServer, isIPv4, isIPv6 } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import type { ForwardedPort } from './ports.ts'

export interface ListenAddress {
  readonly address: string
  /** `any`: each must be had; `all`: one of them is enough. */
  readonly failureMode: 'any' | 'all'
}

/** `localhost` is both loopback addresses. */
export function parseAddresses(words: readonly string[]): readonly ListenAddress[] {
  if (words.length === 0) throw new CommandError('you must specify at least 1 address')
  const addresses = new Map<string, ListenAddress>()
  for (const word of words) {
    if (word === 'localhost') {
      for (const address of ['127.0.0.1', '::1']) {
        if (!addresses.has(address)) addresses.set(address, { address, failureMode: 'all' })
      }
    } else if (isIPv4(word) || isIPv6(word)) {
      addresses.set(word, { address: word, failureMode: 'any' })
    } else throw new CommandError(`${word} is not a valid IP`)
  }
  return [...addresses.values()].toSorted((a, b) => (a.address < b.address ? -1 : 1))
}

export interface Listening {
  readonly addresses: readonly ListenAddress[]
  /** A local connection; it is half open until both sides have ended. */
  readonly accept: (socket: Socket, port: ForwardedPort) => void
}

/** The listeners of all ports; rejects when none of the ports can be listened on. */
export async function listenAll(
  ports: readonly ForwardedPort[],
  listening: Listening,
  io: Io,
): Promise<readonly Server[]> {
  const servers: Server[] = []
  let successes = 0
  const asked = `[${ports.map(({ local, remote }) => `{${local} ${remote}}`).join(' ')}]`
  for (const port of ports) {
    const failure = await listenOn(port, { ...listening, servers }, io)
    if (failure === undefined) successes += 1
    else io.stderr(`Unable to listen on port ${port.local}: ${failure}\n`)
  }
  if (successes > 0) return servers
  throw new CommandError(`unable to listen on any of the requested ports: ${asked}`)
}

async function listenOn(
  port: ForwardedPort,
  { addresses, accept, servers }: Listening & { readonly servers: Server[] },
  io: Io,
): Promise<string | undefined> {
  const errors: { readonly mode: ListenAddress['failureMode']; readonly text: string }[] = []
  let localSuccesses = 0
  for (const { address, failureMode } of addresses) {
    try {
      servers.push(await listen(address, { port, accept }))
      if (failureMode === 'all') localSuccesses += 1
      io.stdout(`Forwarding from ${join(address, port.local)} -> ${port.remote}\n`)
    } catch (error) {
      errors.push({ mode: failureMode, text: bindText(error, address, port.local) })
    }
  }
  const fails = errors.some(({ mode }) => mode === 'any' || localSuccesses === 0)
  if (!fails) return undefined
  const texts = errors.map(({ text }) => text).join(' ')
  return `Listeners failed to create with the following errors: [${texts}]`
}

/** A port that was any is the same at the next address. */
function listen(
  address: string,
  { port, accept }: { readonly port: ForwardedPort; readonly accept: Listening['accept'] },
): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  const server = createServer(
    { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
    (socket) => accept(socket, port),
  )
  server.once('error', reject)
  server.listen({ port: port.local, host: address, ipv6Only: true }, () => {
    port.local = (server.address() as AddressInfo).port
    resolve(server)
  })
  return promise
}

function join(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`
}

const bindProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'bind: address already in use',
  EACCES: 'bind: permission denied',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  EAFNOSUPPORT: 'socket: address family not supported by protocol',
}

function bindText(error: unknown, address: string, port: number): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  const family = isIPv6(address) ? 'tcp6' : 'tcp4'
  return `unable to create listener: Error listen ${family} ${join(address, port)}: ${bindProblems[code] ?? message}`
}

/** Asking a server to speak another protocol on the connection, and passing such a connection on. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'

export interface UpgradeTarget {
  /** http:// or https:// */
  readonly url: string
  readonly method: string
  readonly headers: OutgoingHttpHeaders
  readonly tls?: {
    readonly ca: string | Buffer
    readonly cert?: string | Buffer
    readonly key?: string | Buffer
  }
  readonly signal: AbortSignal
}

export type UpgradeAnswer =
  | {
      readonly type: 'upgraded'
      readonly socket: Duplex
      readonly head: Buffer
      readonly answer: IncomingMessage
    }
  /** The server said something else, an error mostly. */
  | { readonly type: 'refused'; readonly answer: IncomingMessage }

const connectTimeoutMs = 30_000

/** Sends the request; rejects when the server cannot be reached. */
export async function requestUpgrade(target: UpgradeTarget): Promise<UpgradeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<UpgradeAnswer>()
  const request = target.url.startsWith('https:') ? httpsRequest : await httpRequest()
  const outgoing = request(target.url, {
    method: target.method,
    headers: target.headers,
    agent: false,
    signal: target.signal,
    timeout: connectTimeoutMs,
    ...target.tls,
  })
  outgoing.once('timeout', () =>
    outgoing.destroy(new Error(`${target.url}: no answer in ${connectTimeoutMs / 1000} s`)),
  )
  outgoing.once('error', reject)
  outgoing.once('upgrade', (answer, socket, head) => {
    socket.setTimeout(0)
    socket.setNoDelay(true)
    resolve({ type: 'upgraded', socket, head, answer })
  })
  outgoing.once('response', (answer) => resolve({ type: 'refused', answer }))
  outgoing.end()
  return promise
}

/** Importing node:http loads all of Node's fetch with it: only who asks a plain server pays for that. */
async function httpRequest(): Promise<typeof httpsRequest> {
  return (await import('node:http')).request
}

/** The head of a 101 answer, as bytes. */
export function switchingProtocols(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  const lines = ['HTTP/1.1 101 Switching Protocols']
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value ?? []].flat()) lines.push(`${name}: ${one}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Joins two connections until both have ended; resolves then. An error of one ends both. */
export function join(a: Duplex, b: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let open = 2
  const closed = (): void => {
    a.destroy()
    b.destroy()
    if (--open === 0) resolve()
  }
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => from.destroy())
    from.once('close', closed)
    from.pipe(to)
  }
  return promise
}

/**
 * Connections that leave HTTP behind: WebSocket first, SPDY when the server refuses that.
 * Upstream: client-go transport/websocket/roundtripper.go, transport/spdy/spdy.go,
 * tools/remotecommand/fallback.go, apimachinery pkg/util/httpstream/spdy/roundtripper.go.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { Status } from '#api/meta/v1.gen.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { RestClient, RestRequest } from '#kubectl/rest/rest-client.ts'

const limits = {
  /** What is read of an answer that is no upgrade, as upstream. */
  refusalBytesMax: 64 << 10,
  /** Servers write messages of 32 KiB. */
  messageBytesMax: 16 << 20,
} as const

/** The server answered, but does not speak the protocol or does not want to. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused'
}

/** Feature gates of kubectl are environment variables; only `false` turns one off. */
export function isDisabled(env: Readonly<Record<string, string | undefined>>, gate: string) {
  return env[gate]?.toLowerCase() === 'false'
}

/** A WebSocket, paused until its reader is ready. Rejects with UpgradeRefused when there is none to be had. */
export async function dialWebSocket(
  rest: RestClient,
  request: RestRequest,
  protocol: string,
): Promise<WebSocket> {
  const { url, headers, agent } = await rest.upgrading({ ...request, method: 'GET' })
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>()
  const socket = new WebSocket(url, {
    agent,
    // `ws` takes SPDY/3.1+portforward.k8s.io for no token: it neither sends nor sees the protocol.
    headers: { ...headers, 'Sec-WebSocket-Protocol': protocol },
    finishRequest(client) {
      client.prependListener('upgrade', (answer) => {
        const spoken = answer.headers['sec-websocket-protocol'] ?? ''
        delete answer.headers['sec-websocket-protocol']
        if (spoken !== protocol) reject(new UpgradeRefused(wrongProtocol(protocol, spoken)))
      })
      client.end()
    },
    perMessageDeflate: false,
    maxPayload: limits.messageBytesMax,
  })
  socket.once('open', () => {
    socket.pause()
    resolve(socket)
  })
  socket.once('unexpected-response', (_request, answer: IncomingMessage) => {
    refusal(answer).then((text) => reject(new UpgradeRefused(text)), reject)
  })
  socket.once('error', (error) => void explained(error, reject))
  return await promise
}

function wrongProtocol(wanted: string, spoken: string): string {
  return `invalid protocol, expected one of [${JSON.stringify(wanted)}], got ${JSON.stringify(spoken)}`
}

/** Only a broken handshake means that something else may work; without a network nothing does. */
async function explained(error: Error, reject: (error: Error) => void): Promise<void> {
  const isHandshake = /^(?:Server sent|Invalid (?:Upgrade|Sec-WebSocket))/.test(error.message)
  if (isHandshake) return reject(new UpgradeRefused(error.message, { cause: error }))
  const { goNetworkMessage } = await import('#kubectl/rest/network-message.ts')
  reject(new CommandError(goNetworkMessage(error)))
}

export interface SpdySocket {
  readonly socket: Duplex
  /** Bytes that came with the answer. */
  readonly head: Buffer
}

/** An upgraded connection; rejects with what the server says instead. */
export async function dialSpdy(
  rest: RestClient,
  request: RestRequest,
  protocol: string,
): Promise<SpdySocket> {
  const { send, agent, path, headers } = await rest.upgrading({ ...request, method: 'POST' })
  const { promise, resolve, reject } = Promise.withResolvers<SpdySocket>()
  const client = send({
    agent,
    method: 'POST',
    path,
    headers: {
      ...headers,
      Connection: 'Upgrade',
      Upgrade: 'SPDY/3.1',
      'X-Stream-Protocol-Version': protocol,
      'Content-Length': '0',
    },
  })
  client.once('upgrade', (answer, socket, head) => {
    socket.setNoDelay(true)
    const spoken = answer.headers['x-stream-protocol-version']
    if (spoken === protocol) return resolve({ socket, head })
    socket.destroy()
    const got = JSON.stringify(spoken ?? '')
    reject(
      new CommandError(
        `unable to negotiate protocol: client supports ${JSON.stringify(protocol)}, server returned ${got}`,
      ),
    )
  })
  client.once('response', (answer) => {
    refusal(answer).then(
      (text) => reject(new CommandError(`unable to upgrade connection: ${text}`)),
      reject,
    )
  })
  client.once('error', (error) => {
    void import('#kubectl/rest/network-message.ts').then(({ goNetworkMessage }) =>
      reject(new CommandError(`error sending request: ${goNetworkMessage(error)}`)),
    )
  })
  client.end()
  return await promise
}

/** What the server says: its Status's message, or its text. */
async function refusal(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limits.refusalBytesMax) break
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString().trim()
  if (!text.startsWith('{')) return text
  try {
    const { kind, message } = JSON.parse(text) as Partial<Status>
    return kind === 'Status' ? (message ?? '') : text
  } catch {
    return text
  }
}

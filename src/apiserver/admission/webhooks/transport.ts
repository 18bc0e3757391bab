/**
 * One POST to a webhook. Connections are kept and shared by those that trust the same roots and ask for
 * the same name; there is a bound on them, so a slow webhook makes its callers wait, not the machine.
 */
import { readFile } from 'node:fs/promises'
import { Agent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { goQuote } from '#api/meta/go-quote.ts'
import { genericServerResponse } from '#api/meta/status.ts'
import type { Clock } from '#base/clock.ts'
import type { WebhookCredentials } from './credentials.ts'
import type { WebhookTarget } from './target.ts'

export const limits = {
  /** For each webhook: as many requests are with it at a time. */
  connectionsMax: 64,
  /** Kept for the next request. */
  idleConnectionsMax: 16,
  idleMsMax: 90_000,
  /** Ways to connect that are remembered, by roots and name; idle connections of others end by themselves. */
  agentsMax: 200,
  /** A patched object is at most this large, and some more. */
  answerBytesMax: 8 << 20,
} as const

export interface PostOptions {
  readonly body: string
  readonly timeoutMs: number
}

interface Sent extends PostOptions {
  readonly authorization: string | undefined
}

export class WebhookTransport implements Disposable {
  readonly #agents = new Map<string, Agent>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The answer's body. Rejects with an Error in Go's words. */
  async post(target: WebhookTarget, options: PostOptions): Promise<string> {
    const deadline = new AbortController()
    using _timer = this.#clock.after(options.timeoutMs, () => deadline.abort())
    try {
      const authorization = await authorizationOf(target.credentials)
      const sent = { ...options, authorization }
      return await this.#sendAgain(target, sent, deadline.signal)
    } catch (error) {
      if (error instanceof AnswerError) throw error
      const timeout = `?timeout=${options.timeoutMs / 1000}s`
      throw new Error(`Post ${goQuote(`${target.url}${timeout}`)}: ${goMessage(error, target)}`)
    }
  }

  /** A kept connection may have been closed at the other end, unseen: then a new one is tried. */
  async #sendAgain(target: WebhookTarget, options: Sent, signal: AbortSignal): Promise<string> {
    for (;;) {
      try {
        return await this.#send(target, options, signal)
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error
      }
    }
  }

  #send(
    target: WebhookTarget,
    { body, timeoutMs, authorization }: Sent,
    signal: AbortSignal,
  ): Promise<string> {
    const separator = target.path.includes('?') ? '&' : '?'
    return new Promise((resolve, reject) => {
      const sent = httpsRequest({
        agent: this.#agent(target),
        method: 'POST',
        host: target.host,
        port: target.port,
        path: `${target.path}${separator}timeout=${timeoutMs / 1000}s`,
        headers: {
          host: new URL(target.url).host,
          'content-type': 'application/json',
          accept: 'application/json, */*',
          'user-agent': 'kube-apiserver-admission',
          'content-length': Buffer.byteLength(body),
          ...(authorization !== undefined && { authorization }),
        },
        signal,
      })
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = sent.reusedSocket && error.code === 'ECONNRESET'
        reject(isStale ? new StaleConnection() : error)
      })
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > limits.answerBytesMax) sent.destroy(new Error('http: response body too large'))
          else chunks.push(chunk)
        })
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const code = response.statusCode ?? 0
          if (code >= 200 && code < 300) resolve(text)
          else reject(new AnswerError(code, text))
        })
      })
      sent.end(body)
    })
  }

  #agent({ host, port, serverName, ca, credentials = {} }: WebhookTarget): Agent {
    const { cert, key: privateKey } = credentials
    const key = [host, port, serverName, ca ?? '', cert?.toString() ?? ''].join('\n')
    const known = this.#agents.get(key)
    if (known !== undefined) return known
    const [oldest] = this.#agents.keys()
    if (this.#agents.size >= limits.agentsMax && oldest !== undefined) this.#agents.delete(oldest)
    const agent = new Agent({
      keepAlive: true,
      maxSockets: limits.connectionsMax,
      maxFreeSockets: limits.idleConnectionsMax,
      timeout: limits.idleMsMax,
      ...(isIP(serverName) === 0 && { servername: serverName }),
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(privateKey !== undefined && { key: privateKey }),
    })
    this.#agents.set(key, agent)
    return agent
  }

  /** Closes all connections. */
  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }
}

async function authorizationOf(credentials: WebhookCredentials = {}): Promise<string | undefined> {
  const { token, tokenFile, username, password = '' } = credentials
  const bearer = tokenFile === undefined ? token : (await readFile(tokenFile, 'utf8')).trim()
  if (bearer !== undefined) return `Bearer ${bearer}`
  if (username === undefined) return undefined
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

class StaleConnection extends Error {}

/** The webhook answered, but not with success. */
class AnswerError extends Error {
  constructor(code: number, body: string) {
    super(genericServerResponse({ code, verb: 'POST', serverMessage: body.trim() }).status.message)
  }
}

const unknownAuthority =
  'tls: failed to verify certificate: x509: certificate signed by unknown authority'

type Told = (error: Error, target: WebhookTarget) => string

const dial = ({ host, port }: WebhookTarget): string =>
  `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}`

const told: Readonly<Record<string, Told>> = {
  ECONNREFUSED: (_, target) => `${dial(target)}: connect: connection refused`,
  EHOSTUNREACH: (_, target) => `${dial(target)}: connect: no route to host`,
  ENETUNREACH: (_, target) => `${dial(target)}: connect: network is unreachable`,
  ETIMEDOUT: (_, target) => `${dial(target)}: i/o timeout`,
  ENOTFOUND: (_, { host }) => `dial tcp: lookup ${host}: no such host`,
  EAI_AGAIN: (_, { host }) => `dial tcp: lookup ${host}: Temporary failure in name resolution`,
  ECONNRESET: () => 'EOF',
  ABORT_ERR: () => 'context deadline exceeded',
  CERT_HAS_EXPIRED: () =>
    'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: () => unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: () => unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: () => unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => unknownAuthority,
  CERT_SIGNATURE_FAILURE: () => unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: otherName,
}

function otherName(error: Error, { serverName }: WebhookTarget): string {
  const failed = 'tls: failed to verify certificate: x509: certificate is'
  const { cert } = error as { cert?: { subjectaltname?: string } }
  const names = (cert?.subjectaltname ?? '').split(', ').map((name) => name.replace(/^[^:]*:/, ''))
  if (names.join('') !== '') return `${failed} valid for ${names.join(', ')}, not ${serverName}`
  return `${failed} not valid for any names, but wanted to match ${serverName}`
}

/** What Go's net/http would have said. */
function goMessage(error: unknown, target: WebhookTarget): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '' } = error as NodeJS.ErrnoException
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return 'context deadline exceeded'
  return Object.hasOwn(told, code) ? (told[code]?.(error, target) ?? error.message) : error.message
}

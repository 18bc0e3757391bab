/** Posts reviews and events to the server that a kubeconfig names. Upstream: staging/src/k8s.io/apiserver/pkg/util/webhook. */
import { readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { genericServerResponse, StatusError, statusErrorFrom } from '#api/meta/status.ts'
import type { Status } from '#api/meta/v1.gen.ts'
import { connectFailure } from '#base/net-error.ts'
import type { ServerOptions } from '#client/kubeconfig.ts'

const limits = {
  /** Of an answer: a decision with its reason. */
  answerBytesMax: 1024 * 1024,
  socketsMax: 64,
} as const

/** Takes an object, or JSON. Of what an answer is, nothing is known yet; undefined: it was empty. */
export type Post = (body: object | string) => Promise<unknown>

/** Upstream's, where no flag says otherwise. */
export const requestTimeoutMs = 30_000

/**
 * Connections are kept as long as they are used. Rejects with a StatusError when the server says no, else
 * with an Error that names the server.
 */
export function postTo(
  server: ServerOptions,
  timeoutMs: number,
  answers: 'json' | 'ignored' = 'json',
): Post {
  const { ca, cert, key, serverName, insecure = false } = server
  const isSecure = server.server.startsWith('https:')
  const agent = new Agent({
    keepAlive: true,
    maxSockets: limits.socketsMax,
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  })
  return async (review) => {
    const body = typeof review === 'string' ? review : JSON.stringify(review)
    const token = await tokenOf(server)
    const options = {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const outgoing = isSecure
      ? httpsRequest(server.server, { ...options, agent })
      : httpRequest(server.server, options)
    outgoing.once('response', resolve)
    outgoing.on('error', reject)
    outgoing.end(body)
    try {
      return await read(await promise, answers)
    } catch (error) {
      if (error instanceof StatusError) throw error
      const why = connectFailure(error, new URL(server.server).host)
      throw new Error(`Post ${JSON.stringify(server.server)}: ${why}`, { cause: error })
    }
  }
}

async function tokenOf({ token, tokenFile }: ServerOptions): Promise<string | undefined> {
  return tokenFile === undefined ? token : (await readFile(tokenFile, 'utf8')).trim()
}

async function read(answer: IncomingMessage, answers: 'json' | 'ignored'): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.answerBytesMax) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  const { statusCode: code = 0 } = answer
  const text = Buffer.concat(chunks).toString()
  if (code < 200 || code > 299) throw refusal(code, text, Number(answer.headers['retry-after']))
  return answers === 'ignored' || text === '' ? undefined : JSON.parse(text)
}

/** In the server's own words if it sends a Status. */
function refusal(code: number, text: string, retryAfterSeconds: number): StatusError {
  const told = statusIn(text)
  if (told !== undefined) return statusErrorFrom({ ...told, code: told.code ?? code })
  const generic = genericServerResponse({ code, verb: 'POST', serverMessage: text.trim() })
  if (!(retryAfterSeconds > 0)) return generic
  const details = { ...generic.status.details, retryAfterSeconds }
  return statusErrorFrom({ ...generic.status, details })
}

function statusIn(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as Status | null
    return value?.kind === 'Status' ? value : undefined
  } catch {
    return undefined
  }
}

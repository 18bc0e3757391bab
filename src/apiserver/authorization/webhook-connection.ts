/** Posts reviews to the server that a kubeconfig names. Upstream: staging/src/k8s.io/apiserver/pkg/util/webhook. */
import { readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { connectFailure } from '#base/net-error.ts'
import type { ServerOptions } from '#client/kubeconfig.ts'

const limits = {
  /** Of an answer: a decision with its reason. */
  answerBytesMax: 1024 * 1024,
  socketsMax: 64,
} as const

export type Post = (review: object) => Promise<unknown>

/** Connections are kept as long as they are used. Rejects with an Error that names the server. */
export function postTo(server: ServerOptions, timeoutMs: number): Post {
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
    const body = JSON.stringify(review)
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
      return await read(await promise)
    } catch (error) {
      const why = connectFailure(error, new URL(server.server).host)
      throw new Error(`Post ${JSON.stringify(server.server)}: ${why}`, { cause: error })
    }
  }
}

async function tokenOf({ token, tokenFile }: ServerOptions): Promise<string | undefined> {
  return tokenFile === undefined ? token : (await readFile(tokenFile, 'utf8')).trim()
}

async function read(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.answerBytesMax) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  const { statusCode = 0 } = answer
  if (statusCode < 200 || statusCode > 299) throw new Error(`unexpected status ${statusCode}`)
  return JSON.parse(Buffer.concat(chunks).toString())
}

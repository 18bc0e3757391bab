/** GET requests of probes and hooks. Upstream: pkg/probe/http/{http,request}.go at v1.36. */
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Container, HTTPGetAction } from '#api/core/v1.gen.ts'
import { limits } from '#kubelet/limits.ts'
import { connectFailure } from '#base/net-error.ts'

export interface HttpAnswer {
  readonly statusCode: number
  readonly body: string
  /** A redirect to another host, which is not followed. */
  readonly redirectedAway: boolean
}

const redirectsMax = 10

/** Rejects with an Error in the words of Go's client. */
export async function httpGet(
  action: HTTPGetAction,
  container: Container,
  options: { podIp: string; timeoutMs: number; signal: AbortSignal; agent: string },
): Promise<HttpAnswer> {
  const port = portNumber(action.port, container)
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const host = action.host === undefined || action.host === '' ? options.podIp : action.host
  const authority = host.includes(':') ? `[${host}]` : host
  let url = new URL(`${scheme}://${authority}:${port}${absolute(action.path)}`)
  const first = url
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const answer = await once(url, action, options)
    if (answer.location === undefined) return answer
    url = new URL(answer.location, url)
    if (url.hostname !== first.hostname) return { ...answer, redirectedAway: true }
  }
  throw new Error(`Get "${url.href}": stopped after ${redirectsMax} redirects`)
}

/** A number, or the name of one of the container's ports. */
export function portNumber(port: number | string, container: Container): number {
  const number = typeof port === 'number' ? port : Number(port)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number
  const named = container.ports?.find(({ name }) => name === port)
  if (named === undefined) throw new Error(`couldn't find port: ${JSON.stringify(port)}`)
  return named.containerPort
}

function absolute(path = '/'): string {
  return path.startsWith('/') ? path : `/${path}`
}

function once(
  url: URL,
  action: HTTPGetAction,
  options: { timeoutMs: number; signal: AbortSignal; agent: string },
): Promise<HttpAnswer & { location: string | undefined }> {
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const fail = (error: unknown): Error => {
    const reason = deadline.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : connectFailure(error, `${url.hostname}:${url.port === '' ? defaultPort(url) : url.port}`)
    return new Error(`Get "${url.href}": ${reason}`)
  }
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(
      url,
      {
        headers: headers(action, options.agent),
        // A probe's connection is its own: what it measures must not depend on older ones.
        agent: false,
        rejectUnauthorized: false,
        signal: AbortSignal.any([options.signal, deadline]),
      },
      (response) => {
        readBody(response).then(
          (body) => {
            const statusCode = response.statusCode ?? 0
            const redirect = statusCode >= 300 && statusCode < 400
            resolve({
              statusCode,
              body,
              redirectedAway: false,
              location: redirect ? response.headers.location : undefined,
            })
          },
          (error: unknown) => reject(fail(error)),
        )
      },
    )
    request.on('error', (error) => reject(fail(error)))
    request.end()
  })
}

function defaultPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80'
}

/** An empty value takes a default header away, as upstream has it. */
function headers(action: HTTPGetAction, agent: string): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {
    'user-agent': agent,
    accept: '*/*',
    connection: 'close',
  }
  for (const { name, value } of action.httpHeaders ?? []) {
    const key = name.toLowerCase()
    if ((key === 'accept' || key === 'user-agent') && value === '') delete all[key]
    else all[key] = value
  }
  return all
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= limits.probeResponseBytesMax) break
  }
  return Buffer.concat(chunks).subarray(0, limits.probeResponseBytesMax).toString()
}

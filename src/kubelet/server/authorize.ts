/**
 * Who may ask the kubelet what: client certificates and bearer tokens, then the API server's own answer
 * (a SubjectAccessReview), kept for a while. Upstream: pkg/kubelet/server/auth.go.
 */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { subjectaccessreviews, tokenreviews } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import { ServerError } from './served-pods.ts'

const limits = {
  allowedMs: 5 * 60_000, // upstream's webhook cacheAuthorizedTTL
  deniedMs: 30_000, // upstream's webhook cacheUnauthorizedTTL
  entriesMax: 1024,
} as const

export interface Caller {
  readonly user: string
  readonly groups: readonly string[]
}

export interface AuthorizeOptions {
  readonly client: Client
  readonly clock: Clock
  readonly nodeName: string
}

/** Throws ServerError 401 or 403; resolves when the caller may. */
export type Authorize = (request: IncomingMessage, path: string) => Promise<void>

export function authorizer(options: AuthorizeOptions): Authorize {
  const answers = new Map<string, { readonly allowed: boolean; readonly untilMs: number }>()
  return async (request, path) => {
    const caller = certificateOf(request) ?? (await tokenCaller(options.client, request))
    if (caller === undefined) throw new ServerError(401, 'Unauthorized')
    const verb = verbs[request.method ?? ''] ?? 'get'
    const subresource = subresourceOf(path)
    const key = JSON.stringify([caller, verb, subresource])
    const nowMs = options.clock.monotonicMs()
    let answer = answers.get(key)
    if (answer === undefined || answer.untilMs <= nowMs) {
      const allowed = await review(options, caller, { verb, subresource })
      answer = { allowed, untilMs: nowMs + (allowed ? limits.allowedMs : limits.deniedMs) }
      if (answers.size >= limits.entriesMax) answers.clear()
      answers.set(key, answer)
    }
    if (!answer.allowed) {
      throw new ServerError(
        403,
        `Forbidden (user=${caller.user}, verb=${verb}, resource=nodes, subresource=${subresource})`,
      )
    }
  }
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

function subresourceOf(path: string): string {
  const first = path.split('/')[1] ?? ''
  if (first === 'stats' || first === 'metrics') return first
  if (first === 'logs') return 'log'
  return 'proxy'
}

function certificateOf(request: IncomingMessage): Caller | undefined {
  const socket = request.socket as TLSSocket
  if (!socket.authorized) return undefined
  const { CN, O = [] } = socket.getPeerCertificate().subject
  const user = [CN].flat()[0]
  return user === undefined ? undefined : { user, groups: [O].flat() }
}

async function tokenCaller(client: Client, request: IncomingMessage): Promise<Caller | undefined> {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return undefined
  const review = await client.for(tokenreviews).create({ spec: { token } })
  const { authenticated, user } = review.status ?? {}
  return authenticated === true && user?.username !== undefined
    ? { user: user.username, groups: user.groups ?? [] }
    : undefined
}

async function review(
  { client, nodeName }: AuthorizeOptions,
  caller: Caller,
  { verb, subresource }: { readonly verb: string; readonly subresource: string },
): Promise<boolean> {
  const answer = await client.for(subjectaccessreviews).create({
    spec: {
      user: caller.user,
      groups: [...caller.groups],
      resourceAttributes: { verb, resource: 'nodes', subresource, name: nodeName, version: 'v1' },
    },
  })
  return answer.status?.allowed === true
}

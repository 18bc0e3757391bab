/** A webhook over TLS with its own authority: what it answers is up to the test. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createAuthority, issueCertificate } from '#bootstrap/pki/certificate.ts'

/** `request` of an AdmissionReview or a ConversionReview. */
export type Asked = Readonly<Record<string, unknown>> & { readonly uid: string }

/** `response` of the answer; a number is a bare HTTP status, 'silence' no answer at all. */
export type Reply = Readonly<Record<string, unknown>> | number | 'silence'

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: Asked
}

export interface WebhookServer extends AsyncDisposable {
  readonly port: number
  /** Base64 of the authority's PEM, as a configuration has it. */
  readonly caBundle: string
  /** Everything that was asked, by path, in order. */
  readonly asked: { readonly path: string; readonly request: Asked }[]
  /** How many connections were opened. */
  connections(): number
  /** Closes all of them, as a server does that is restarted. */
  disconnect(): void
  /** Answers requests to a path. */
  on(path: string, reply: (request: Asked) => Reply): void
}

export async function startWebhookServer(
  names: { readonly dns?: readonly string[]; readonly host?: string } = {},
): Promise<WebhookServer> {
  const { dns = [], host = '127.0.0.1' } = names
  const lifetime = { days: 1, nowMs: Date.now() }
  const authority = await createAuthority({ commonName: 'webhook-ca', ...lifetime })
  const pair = await issueCertificate(authority, {
    commonName: 'webhook',
    ...lifetime,
    dnsNames: dns,
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  })
  const asked: WebhookServer['asked'] = []
  const replies = new Map<string, (request: Asked) => Reply>()
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = new URL(request.url ?? '/', 'https://x').pathname
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review
      asked.push({ path, request: review.request })
      const reply = replies.get(path)?.(review.request) ?? 404
      if (reply === 'silence') return
      if (typeof reply === 'number') {
        response.writeHead(reply).end('no')
        return
      }
      const answer = { uid: review.request.uid, ...reply }
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ apiVersion: review.apiVersion, kind: review.kind, response: answer }),
      )
    })
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(authority.certificate).toString('base64'),
    asked,
    connections: () => sockets.size,
    disconnect() {
      for (const socket of sockets) socket.destroy()
    },
    on: (path, reply) => void replies.set(path, reply),
    [Symbol.asyncDispose]: () => close(server, sockets),
  }
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  await closed
}

/** A patch as a webhook sends it. */
export function patchReply(patch: readonly unknown[]): Reply {
  return {
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  }
}

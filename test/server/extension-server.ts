/** An API server behind the API server: it serves toys of fun.example.com, over TLS on loopback. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createAuthority, issueCertificate } from '#bootstrap/pki/certificate.ts'
import type { ClusterPki } from '#bootstrap/pki/cluster-pki.ts'

export interface ExtensionServer extends AsyncDisposable {
  /** `127.0.0.1:4711` */
  readonly host: string
  /** PEM, who signed its certificate. */
  readonly ca: string
  /** `GET /apis/… as jane [dev] via front-proxy-client`, in order. */
  readonly seen: string[]
  /** Ends all connections and takes no more. */
  stop(): void
}

const path = '/apis/fun.example.com/v1'
const kind = 'Toy'
const apiVersion = 'fun.example.com/v1'
const toy = (name: string) => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z', uid: name },
})

const list = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: apiVersion,
  resources: [
    {
      name: 'toys',
      singularName: 'toy',
      namespaced: true,
      kind,
      shortNames: ['ty'],
      verbs: ['create', 'get', 'list', 'watch'],
    },
    { name: 'toys/play', singularName: '', namespaced: true, kind: 'Play', verbs: ['get'] },
  ],
}

const schema = {
  type: 'object',
  description: 'Toy is what one plays with.',
  properties: { colour: { type: 'string', description: 'colour of the toy' } },
  'x-kubernetes-group-version-kind': [{ group: 'fun.example.com', version: 'v1', kind }],
}

const documents: Readonly<Record<string, object>> = {
  [path]: list,
  [`${path}/namespaces/default/toys`]: {
    kind: 'ToyList',
    apiVersion,
    metadata: { resourceVersion: '1' },
    items: [toy('bear'), toy('duck')],
  },
  [`${path}/namespaces/default/toys/bear`]: toy('bear'),
  '/openapi/v3': {
    paths: { [path.slice(1)]: { serverRelativeURL: `/openapi/v3${path}?hash=ABC` } },
  },
  [`/openapi/v3${path}`]: {
    openapi: '3.0.0',
    info: { title: 'toys', version: '1' },
    paths: {
      [`${path}/namespaces/{namespace}/toys/{name}`]: {
        get: {
          operationId: 'readToy',
          'x-kubernetes-action': 'get',
          'x-kubernetes-group-version-kind': { group: 'fun.example.com', version: 'v1', kind },
          responses: { 200: { description: 'OK' } },
        },
      },
    },
    components: { schemas: { 'com.example.fun.v1.Toy': schema } },
  },
  '/openapi/v2': {
    swagger: '2.0',
    info: { title: 'toys', version: '1' },
    paths: { [`${path}/namespaces/{namespace}/toys`]: { get: { operationId: 'listToys' } } },
    definitions: { 'com.example.fun.v1.Toy': schema },
  },
}

export async function startExtensionServer(pki: ClusterPki): Promise<ExtensionServer> {
  const authority = await createAuthority({ commonName: 'toys-ca', days: 1, nowMs: Date.now() })
  const { certificate: cert, key } = await issueCertificate(authority, {
    commonName: 'toys',
    dnsNames: ['toys.default.svc'],
    usage: 'server',
    days: 1,
    nowMs: Date.now(),
  })
  const seen: string[] = []
  const ca = pki.frontProxyCa.certificate
  const options = { cert, key, ca, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (request, response) => {
    seen.push(told(request))
    void answer(request, response)
  })
  server.on('upgrade', (request, socket) => {
    seen.push(told(request))
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: play\r\nConnection: Upgrade\r\n\r\n')
    socket.on('data', (data: Buffer) => socket.write(data.toString().toUpperCase()))
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.certificate,
    seen,
    stop,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      stop()
      await once(server, 'close')
    },
  }
}

function told({ method, url, headers, socket }: IncomingMessage): string {
  const peer = socket as TLSSocket
  const header = (name: string): string => String(headers[name] ?? '')
  const proxy = peer.authorized ? String(peer.getPeerCertificate().subject.CN) : 'nobody'
  const secrets = header('authorization') + header('impersonate-user')
  return `${method} ${url} as ${header('x-remote-user')} [${header('x-remote-group')}] via ${proxy}${secrets}`
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://x')
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-toys': 'yes' })
    response.end(JSON.stringify(body))
  }
  if (pathname.startsWith('/moved')) {
    response.writeHead(302, { location: 'https://elsewhere.example' }).end()
    return
  }
  if (request.method === 'POST') {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    return send(201, JSON.parse(Buffer.concat(chunks).toString()))
  }
  if (searchParams.get('watch') === 'true') {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (const name of ['bear', 'duck']) {
      response.write(`${JSON.stringify({ type: 'ADDED', object: toy(name) })}\n`)
    }
    return // it goes on until somebody leaves
  }
  const document = documents[pathname]
  if (document !== undefined) return send(200, document)
  send(404, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'NotFound',
    code: 404,
    message: 'there is no such toy',
  })
}

/**
 * A kubelet's server without a kubelet: containers are processes of this machine in a folder, so that exec,
 * attach, cp, port-forward and logs can be tried without a node.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import { switchingProtocols } from '#streams/upgrade.ts'
import { serveSpdy, type ServedStream } from './spdy-server.ts'

export interface FakeKubelet extends AsyncDisposable {
  readonly port: number
  /** Sizes of terminals, as `columns x rows`, in the order in which they came. */
  readonly sizes: string[]
}

export interface FakeKubeletOptions {
  readonly pki: ClusterPki
  /** The working folder of what exec runs. */
  readonly folder: string
}

/** Listens on 127.0.0.1. */
export async function startFakeKubelet(options: FakeKubeletOptions): Promise<FakeKubelet> {
  const { pki, folder } = options
  const { certificate, key } = pki.kubeletServing
  const sockets = new Set<Socket>()
  const sizes: string[] = []
  const server = createServer({ cert: certificate, key })
  server.on('request', answerLogs)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrade(request, { socket, head, folder, sizes })
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sizes,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

const logLines = 12

/** `/containerLogs/NAMESPACE/POD/CONTAINER`: a dozen lines that say whose they are. */
function answerLogs(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'https://kubelet')
  const [, what, , pod = '', container = ''] = url.pathname.split('/')
  if (what !== 'containerLogs') {
    response.writeHead(404).end('404 page not found')
    return
  }
  if (url.searchParams.get('previous') === 'true') {
    const message = `previous terminated container "${container}" in pod "${pod}" not found`
    response.writeHead(400).end(message)
    return
  }
  const lines = Array.from(
    { length: logLines },
    (_, at) => `${pod} ${container} says ${at + 1}\n`,
  ).slice(-Number(url.searchParams.get('tailLines') ?? logLines) || logLines)
  response.writeHead(200, { 'content-type': 'text/plain' }).end(lines.join(''))
}

interface Upgraded {
  readonly socket: Duplex
  readonly head: Buffer
  readonly folder: string
  readonly sizes: string[]
}

function upgrade(request: IncomingMessage, upgraded: Upgraded): void {
  const { socket, head } = upgraded
  const url = new URL(request.url ?? '', 'https://kubelet')
  const [, what = '', , , container = ''] = url.pathname.split('/')
  const protocol = what === 'portForward' ? 'portforward.k8s.io' : 'v4.channel.k8s.io'
  socket.write(
    switchingProtocols({
      Connection: 'Upgrade',
      Upgrade: 'SPDY/3.1',
      'X-Stream-Protocol-Version': protocol,
    }),
  )
  if (what === 'portForward') return serveSpdy(socket, head, portForward())
  const wanted = expected(url.searchParams)
  const streams = new Map<string, ServedStream>()
  serveSpdy(socket, head, (stream) => {
    streams.set(stream.headers['streamtype'] ?? '', stream)
    if (!wanted.every((name) => streams.has(name))) return
    const resize = streams.get('resize')
    if (resize !== undefined) {
      resize.onData = (bytes) => {
        const { Width, Height } = JSON.parse(bytes.toString()) as { Width: number; Height: number }
        upgraded.sizes.push(`${Width}x${Height}`)
      }
    }
    if (what === 'attach') attach(container, streams)
    else exec(url.searchParams.getAll('command'), upgraded, streams)
  })
}

function expected(query: URLSearchParams): readonly string[] {
  const tty = query.get('tty') === '1'
  return [
    'error',
    ...(query.get('input') === '1' ? ['stdin'] : []),
    ...(query.get('output') === '1' ? ['stdout'] : []),
    ...(query.get('error') === '1' && !tty ? ['stderr'] : []),
    ...(tty ? ['resize'] : []),
  ]
}

type Streams = ReadonlyMap<string, ServedStream>

function exec(command: readonly string[], { folder, socket }: Upgraded, streams: Streams): void {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: folder, stdio: 'pipe' })
  child.stdin.on('error', () => undefined)
  const stdin = streams.get('stdin')
  if (stdin === undefined) child.stdin.end()
  else {
    stdin.onData = (bytes) => void child.stdin.write(bytes)
    stdin.onEnd = () => void child.stdin.end()
  }
  child.stdout.on('data', (bytes: Buffer) => streams.get('stdout')?.write(bytes))
  child.stderr.on('data', (bytes: Buffer) => streams.get('stderr')?.write(bytes))
  socket.once('close', () => child.kill('SIGKILL'))
  child.once('error', ({ message }) => finish(streams, { status: 'Failure', message }))
  child.once('close', (code) => finish(streams, exitStatus(code ?? 137)))
}

/** Upstream: cri streaming/remotecommand, exec.go. */
function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command, exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

/** Says hello and echoes until its input ends. */
function attach(container: string, streams: Streams): void {
  const stdout = streams.get('stdout')
  stdout?.write(Buffer.from(`attached to ${container}\n`))
  const done = (): void => finish(streams, { metadata: {}, status: 'Success' })
  const stdin = streams.get('stdin')
  if (stdin === undefined) return done()
  stdin.onData = (bytes) => stdout?.write(bytes)
  stdin.onEnd = done
}

function finish(streams: Streams, status: object): void {
  streams.get('error')?.write(Buffer.from(JSON.stringify(status)))
  for (const stream of streams.values()) stream.end()
}

/** Streams of one connection come in pairs of one request id; the port is one of this machine. */
function portForward(): (stream: ServedStream) => void {
  const errors = new Map<string, ServedStream>()
  return (stream) => {
    const { streamtype, port = '', requestid = '' } = stream.headers
    if (streamtype === 'error') return void errors.set(requestid, stream)
    const error = errors.get(requestid)
    const local = connect(Number(port), '127.0.0.1')
    local.on('data', (bytes: Buffer) => stream.write(bytes))
    local.once('error', () => {
      error?.write(Buffer.from(`failed to connect to localhost:${port} inside the sandbox`))
    })
    local.once('close', () => {
      stream.end()
      error?.end()
    })
    stream.onData = (bytes) => void local.write(bytes)
    stream.onEnd = () => void local.end()
  }
}

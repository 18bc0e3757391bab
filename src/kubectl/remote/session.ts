/**
 * A command in a container, its streams joined to ours until it ends.
 * Upstream: client-go tools/remotecommand/{v2,v3,v4,fallback}.go.
 */
import type { Call } from '#kubectl/command.ts'
import { CommandError, ExitError } from '#kubectl/errors.ts'
import type { RestRequest } from '#kubectl/rest/rest-client.ts'
import { dialSpdy, dialWebSocket, isDisabled, UpgradeRefused } from './dial.ts'
import { exitFailure } from './exit-status.ts'
import type { RemoteConnection, RemoteStream } from './remote-connection.ts'
import { spdyProtocol, spdyStreams } from './spdy-streams.ts'
import type { TerminalSizes } from './tty.ts'
import { webSocketProtocol, webSocketStreams } from './web-socket-streams.ts'

const limits = {
  /** A Status. */
  errorBytesMax: 64 << 10,
} as const

/** Input: whatever can be paused and ends. */
export type Input = Pick<NodeJS.ReadableStream, 'on' | 'once' | 'pause' | 'resume'>

export interface SessionStreams {
  readonly stdin: Input | undefined
  readonly stdout: ((bytes: Buffer) => void | Promise<void>) | undefined
  readonly stderr: SessionStreams['stdout']
  /** With a terminal there is no stderr; sizes are sent as they change. */
  readonly tty: boolean
  readonly sizes: TerminalSizes | undefined
}

/**
 * Resolves when the command has ended well. Rejects with a PlainError that has its exit code, with the
 * server's Status, or with ExitError when the user interrupts.
 */
export async function runSession(
  call: Call,
  request: RestRequest,
  streams: SessionStreams,
): Promise<void> {
  const { signal } = call.io
  using _hold = call.io.holdInterrupts()
  const { promise: interrupted, reject } = Promise.withResolvers<never>()
  const interrupt = (): void => reject(new ExitError(1))
  signal.addEventListener('abort', interrupt, { once: true })
  try {
    await Promise.race([dialAndTalk(call, request, streams), interrupted])
  } finally {
    signal.removeEventListener('abort', interrupt)
  }
}

async function dialAndTalk(
  call: Call,
  request: RestRequest,
  streams: SessionStreams,
): Promise<void> {
  const connection = await connect(call, request)
  try {
    await talk(connection, streams)
  } finally {
    connection.close()
  }
}

async function connect(call: Call, request: RestRequest): Promise<RemoteConnection> {
  const rest = await call.factory.rest()
  if (!isDisabled(call.io.env, 'KUBECTL_REMOTE_COMMAND_WEBSOCKETS')) {
    try {
      return webSocketStreams(await dialWebSocket(rest, request, webSocketProtocol), call.io.clock)
    } catch (error) {
      if (!(error instanceof UpgradeRefused)) throw error
    }
  }
  return spdyStreams(await dialSpdy(rest, request, spdyProtocol))
}

/** Opens the streams in the order that servers expect: error first. */
async function talk(connection: RemoteConnection, streams: SessionStreams): Promise<void> {
  const { stdin, stdout, stderr, tty, sizes } = streams
  const status = collected(limits.errorBytesMax)
  await connection.open('error', status)
  const input = stdin && (await connection.open('stdin', {}))
  const outputs: Promise<void>[] = []
  const receive = async (name: 'stdout' | 'stderr', to: SessionStreams['stdout']) => {
    if (to === undefined) return
    const { promise, resolve } = Promise.withResolvers<void>()
    outputs.push(promise)
    const data = (bytes: Buffer): void => held(connection, to(bytes))
    await connection.open(name, { data, end: () => resolve() })
  }
  await receive('stdout', stdout)
  if (!tty) await receive('stderr', stderr)
  const resize = tty ? await connection.open('resize', {}) : undefined
  connection.start()
  using _sizes = resize && sizes?.follow((size) => void resize.write(sizeMessage(size)))
  if (stdin !== undefined && input !== undefined) pump(stdin, input, connection)
  await Promise.all(outputs)
  const failure = exitFailure(await status.text)
  if (failure !== undefined) throw failure
}

/** Output that is not taken at once holds back the container, not our memory. */
function held(connection: RemoteConnection, taken: void | Promise<void>): void {
  if (taken === undefined) return
  connection.pause()
  void taken.then(() => connection.resume())
}

function sizeMessage({ columns, rows }: { columns: number; rows: number }): Buffer {
  return Buffer.from(`${JSON.stringify({ Width: columns, Height: rows })}\n`)
}

function pump(from: Input, to: RemoteStream, connection: RemoteConnection): void {
  from.on('data', (bytes: Buffer | string) => {
    if (to.write(Buffer.from(bytes))) return
    from.pause()
    connection.onDrain(() => from.resume())
  })
  from.once('end', () => to.end())
  // An input that breaks has ended, as a closed standard input has.
  from.once('error', () => to.end())
}

/** Everything of the error stream. */
function collected(bytesMax: number) {
  const { promise: text, resolve, reject } = Promise.withResolvers<string>()
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    text,
    data(chunk: Buffer): void {
      bytes += chunk.length
      if (bytes <= bytesMax) chunks.push(chunk)
    },
    end(failure?: Error): void {
      if (failure === undefined) return resolve(Buffer.concat(chunks).toString())
      // Whoever waits for the output first learns of it there.
      text.catch(() => undefined)
      reject(new CommandError(`error reading from error stream: ${failure.message}`))
    },
  }
}

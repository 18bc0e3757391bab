/** One question to one upstream, over UDP or TCP. */
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { MessageSplitter, withLength } from './tcp-framing.ts'

export interface Upstream {
  readonly host: string
  readonly port: number
}

export type Transport = 'udp' | 'tcp'

export interface Exchange {
  readonly upstream: Upstream
  readonly transport: Transport
  readonly message: Buffer
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The upstream's answer; rejects when there is none in time. */
export async function exchange(request: Exchange): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const { upstream, timeoutMs, clock, signal } = request
  const fail = (reason: string): void =>
    reject(new Error(`${upstream.host}:${upstream.port}: ${reason}`))
  const answered = (message: Buffer): void => {
    // Whatever else comes to the port is not for us: somebody may be guessing.
    if (isAnswerTo(request.message, message)) resolve(message)
  }
  const ask = request.transport === 'udp' ? askUdp : askTcp
  using _connection = ask(request, answered, fail)
  using _timer = clock.after(timeoutMs, () => fail('no answer in time'))
  const aborted = (): void => fail('aborted')
  signal.addEventListener('abort', aborted, { once: true })
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', aborted)
  }
}

type Answered = (message: Buffer) => void
type Fail = (reason: string) => void

/** A socket, and thus a port, of its own: an attacker has to guess both it and the id. */
function askUdp({ upstream, message }: Exchange, answered: Answered, fail: Fail): Disposable {
  const socket = createSocket(isIPv6(upstream.host) ? 'udp6' : 'udp4')
  let open = true
  socket.on('error', (error) => fail(error.message))
  socket.on('message', answered)
  socket.connect(upstream.port, upstream.host, () => {
    if (open) socket.send(message)
  })
  return {
    [Symbol.dispose]() {
      open = false
      socket.close()
    },
  }
}

function askTcp({ upstream, message }: Exchange, answered: Answered, fail: Fail): Disposable {
  const socket = connect({ host: upstream.host, port: upstream.port, noDelay: true })
  const splitter = new MessageSplitter()
  socket.on('error', (error) => fail(error.message))
  socket.on('close', () => fail('the connection ended'))
  socket.on('data', (chunk: Buffer) => {
    for (const whole of splitter.push(chunk)) answered(whole)
  })
  socket.write(withLength(message))
  return { [Symbol.dispose]: () => void socket.destroy() }
}

/** The same id and question; names are compared without case. */
function isAnswerTo(question: Buffer, answer: Buffer): boolean {
  if (answer.length < 12 || (answer.readUInt16BE(2) & 0x8000) === 0) return false
  if (answer.readUInt16BE(0) !== question.readUInt16BE(0)) return false
  // Some servers refuse without repeating the question.
  if (answer.readUInt16BE(4) === 0) return (answer.readUInt16BE(2) & 15) !== 0
  let end = 12
  while (end < question.length && question[end] !== 0) end += (question[end] ?? 0) + 1
  const text = (message: Buffer): string => message.toString('latin1', 12, end + 5).toLowerCase()
  return text(question) === text(answer)
}

/** How bytes reach one etcd member: gRPC over one HTTP/2 connection (`channel.ts`), or a fake in tests. */
import type { CallError } from './call-error.ts'

export interface Unary {
  /** `/etcdserverpb.KV/Range` */
  readonly path: string
  readonly request: Uint8Array
  readonly timeoutMs: number
}

export interface StreamHandlers {
  message(bytes: Buffer): void
  /** Called once; nothing comes after it. */
  closed(error: CallError): void
}

export interface MessageStream {
  send(message: Uint8Array): void
  /** The handlers are not called any more. */
  cancel(): void
}

export interface Channel extends Disposable {
  /** `https://10.0.0.1:2379` */
  readonly endpoint: string
  /** False: it is of no more use. */
  readonly isOpen: boolean
  /** One request, one answer; rejects with a CallError. */
  unary(call: Unary): Promise<Buffer>
  /** Both sides send as they like. */
  stream(path: string, handlers: StreamHandlers): MessageStream
  /** One request, many answers, as fast as they are read. Throws a CallError. */
  answers(path: string, request: Uint8Array, signal: AbortSignal): AsyncIterable<Buffer>
}

/** Rejects with a CallError that says that nothing was sent. */
export type Connect = (endpoint: string) => Promise<Channel>

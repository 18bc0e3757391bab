/**
 * Numbered or named streams over one connection, whatever it speaks: what exec and attach need of a SPDY
 * connection and of a WebSocket.
 */
export type StreamName = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize'

export interface RemoteHandlers {
  data?(bytes: Buffer): void
  /** The server ends its half, or the connection is gone; `failure` says how, when it is no proper end. */
  end?(failure?: Error): void
}

export interface RemoteStream {
  /** False: wait for the connection's `onDrain`. */
  write(bytes: Buffer): boolean
  /** Ends our half. */
  end(): void
}

export interface RemoteConnection {
  open(name: StreamName, handlers: RemoteHandlers): Promise<RemoteStream>
  /** All streams are open: what the server sends may come. */
  start(): void
  /** Calls back once when the connection takes more. */
  onDrain(fn: () => void): void
  /** Nothing is received until as many `resume`s have come. */
  pause(): void
  resume(): void
  close(): void
}

/** Counts pauses, so that several readers may hold one connection back. */
export function pausing(connection: { pause(): void; resume(): void }) {
  let pauses = 0
  return {
    pause(): void {
      if (++pauses === 1) connection.pause()
    },
    resume(): void {
      if (--pauses === 0) connection.resume()
    },
  }
}

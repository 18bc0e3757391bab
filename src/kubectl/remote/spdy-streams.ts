/** The streams of a command over SPDY. Upstream: client-go tools/remotecommand/{spdy,v4}.go. */
import { SpdyConnection } from '#streams/spdy-connection.ts'
import type { SpdySocket } from './dial.ts'
import { pausing } from './remote-connection.ts'
import type { RemoteConnection } from './remote-connection.ts'

export const spdyProtocol = 'v4.channel.k8s.io'

export function spdyStreams({ socket, head }: SpdySocket): RemoteConnection {
  const connection = new SpdyConnection(socket, head, () => undefined)
  return {
    open: (name, handlers) =>
      connection.open(
        { streamtype: name },
        { data: (bytes) => handlers.data?.(bytes), end: () => handlers.end?.() },
      ),
    start: () => undefined,
    onDrain: (fn) => connection.onDrain(fn),
    ...pausing(connection),
    close: () => connection.destroy(),
  }
}

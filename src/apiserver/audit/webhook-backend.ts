/**
 * Events to another server, as lists; it is asked again whatever the failure.
 * Upstream: staging/src/k8s.io/apiserver/plugin/pkg/audit/webhook/webhook.go, v1.36.
 */
import type { Clock } from '#base/clock.ts'
import type { Post } from '#apiserver/webhook-client/connection.ts'
import { defaultBackoff, retried } from '#apiserver/webhook-client/retry.ts'
import type { LineBackend } from './line-sink.ts'

export interface WebhookBackendOptions {
  readonly post: Post
  readonly clock: Clock
  readonly random: () => number
  /** `--audit-webhook-initial-backoff` */
  readonly initialBackoffMs: number
  /** `--audit-webhook-truncate-max-batch-size`; absent: a batch is one request, however large. */
  readonly batchBytesMax?: number
}

/** Disposing it waits for what is on its way, without trying again. */
export function webhookBackend(options: WebhookBackendOptions): LineBackend {
  const { post, clock, random, initialBackoffMs, batchBytesMax } = options
  const backoff = { ...defaultBackoff, firstMs: initialBackoffMs }
  const stop = new AbortController()
  const patience = { clock, random, backoff, mayPass: () => true, signal: stop.signal }
  const underWay = new Set<Promise<void>>()
  const send = async (lines: readonly Buffer[]): Promise<void> => {
    const pieces = [...piecesOf(lines, batchBytesMax)]
    const sent = await Promise.allSettled(
      pieces.map((piece) => retried(() => post(eventList(piece)), patience)),
    )
    const failed = sent.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }
  return {
    write(lines) {
      const sending = send(lines)
      const settled = sending.then(
        () => undefined,
        () => undefined,
      )
      underWay.add(settled)
      void settled.then(() => underWay.delete(settled))
      return sending
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(underWay)
    },
  }
}

function* piecesOf(
  lines: readonly Buffer[],
  bytesMax = Number.POSITIVE_INFINITY,
): Generator<readonly Buffer[]> {
  let piece: Buffer[] = []
  let bytes = 0
  for (const line of lines) {
    if (piece.length > 0 && bytes + line.length > bytesMax) {
      yield piece
      piece = []
      bytes = 0
    }
    piece.push(line)
    bytes += line.length
  }
  if (piece.length > 0) yield piece
}

/** The events are encoded already. */
function eventList(lines: readonly Buffer[]): string {
  const items = lines.map(String).join(',')
  return `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${items}]}`
}

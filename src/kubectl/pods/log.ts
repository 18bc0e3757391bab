/** A container's log as whole lines. Upstream: kubectl pkg/cmd/logs/logs.go, DefaultConsumeRequest. */
import type { Call } from '#kubectl/command.ts'
import type { Query } from '#kubectl/rest/rest-client.ts'
import type { Pod } from './pod.ts'

export interface LogRequest {
  readonly pod: Pod
  /** PodLogOptions. */
  readonly query: Query
  readonly signal: AbortSignal
}

/** Whole lines, so that those of several logs do not mix; the last may lack its end. */
export async function* logLines(call: Call, request: LogRequest): AsyncGenerator<Buffer> {
  const { pod, query, signal } = request
  const { name = '', namespace = '' } = pod.metadata ?? {}
  const rest = await call.factory.rest()
  const { body } = await rest.stream({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log`,
    query,
    headers: { Accept: 'application/json, */*' },
    about: { group: '', resource: 'pods' },
    name,
    signal,
  })
  yield* lines(body)
}

const newline = 10

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0)
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([pending, chunk.subarray(start, end + 1)])
      pending = Buffer.alloc(0)
      start = end + 1
    }
    pending = Buffer.concat([pending, chunk.subarray(start)])
  }
  if (pending.length > 0) yield pending
}

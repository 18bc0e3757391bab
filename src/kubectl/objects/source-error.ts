/** Failures about an object that a file describes. */
import { StatusError } from '#api/meta/status.ts'

/** Says which file an error of the server is about. Upstream: cmd/util AddSourceToErr. */
export function aboutSource(error: unknown, verb: string, source: string): unknown {
  if (source === '' || !(error instanceof StatusError)) return error
  const { details, message } = error.status
  const text =
    error.reason === 'Invalid' && details !== undefined
      ? message
      : `error when ${verb} ${JSON.stringify(source)}: ${message}`
  return new StatusError({ ...error.status, ...(text !== undefined && { message: text }) })
}

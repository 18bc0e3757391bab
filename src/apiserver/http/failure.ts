/** What a thrown error becomes for the client. */
import { internalError, StatusError } from '#api/meta/status.ts'
import type { Logger } from '#base/logger.ts'

/** A bug is logged whole and told in one line. */
export function statusOf(error: unknown, log: Logger, what: string): StatusError {
  if (error instanceof StatusError) return error
  log.error('A request failed unexpectedly', error, { request: what })
  return internalError(error)
}

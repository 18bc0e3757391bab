/** What a thrown error becomes for the client. */
import { internalError, StatusError, timeout } from '#api/meta/status.ts'
import type { Logger } from '#base/logger.ts'
import { OutcomeUnknownError } from '#storage/storage.ts'

/** A bug is logged whole and told in one line. */
export function statusOf(error: unknown, log: Logger, what: string): StatusError {
  if (error instanceof StatusError) return error
  // As upstream when etcd does not answer in time: the client has to look before it repeats.
  if (error instanceof OutcomeUnknownError) return timeout(error.message)
  log.error('A request failed unexpectedly', error, { request: what })
  return internalError(error)
}

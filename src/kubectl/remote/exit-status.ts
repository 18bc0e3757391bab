/** How a remote command ended, as the error stream says it. Upstream: client-go tools/remotecommand/v4.go. */
import type { Status } from '#api/meta/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { CommandError, PlainError } from '#kubectl/errors.ts'

/** Undefined: it succeeded. */
export function exitFailure(message: string): Error | undefined {
  if (message === '') return undefined
  const status = parsed(message)
  if (status instanceof Error) return status
  if (status.status === 'Success') return undefined
  if (status.status !== 'Failure') return protocolError('unknown error')
  if (status.reason !== 'NonZeroExitCode') return new CommandError(status.message ?? '')
  if (status.details === undefined) return protocolError('details must be set')
  const cause = status.details.causes?.find(({ reason }) => reason === 'ExitCode')
  if (cause === undefined) return protocolError('no ExitCode cause given')
  const code = Number(cause.message)
  if (!/^\d+$/.test(cause.message ?? '') || code > 255) {
    return protocolError(`invalid exit code value ${goQuote(cause.message ?? '')}`)
  }
  return new PlainError(`command terminated with exit code ${code}`, code)
}

function parsed(message: string): Status | Error {
  try {
    return JSON.parse(message) as Status
  } catch (error) {
    return protocolError(`${(error as Error).message} in ${goQuote(message)}`)
  }
}

function protocolError(what: string): CommandError {
  return new CommandError(`error stream protocol error: ${what}`)
}

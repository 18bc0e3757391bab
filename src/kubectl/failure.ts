/**
 * What went wrong, in kubectl's words, and the exit code.
 * Upstream: kubectl pkg/cmd/util/helpers.go (checkErr, StandardErrorMessage).
 */
import { StatusError } from '#api/meta/status.ts'
import type { Command } from './command.ts'
import {
  AggregateFailure,
  CommandError,
  ConfigurationError,
  ConnectionError,
  ExitError,
  FlagError,
  PlainError,
  PrintFailure,
  UsageError,
} from './errors.ts'
import type { Io } from './io.ts'

interface Failed {
  readonly path: string
  readonly command: Command | undefined
}

/** Prints the failure of a command and returns the exit code. */
export function report(error: unknown, { path, command }: Failed, io: Io): number {
  if (error instanceof ExitError) return error.exitCode
  if (error instanceof PrintFailure) io.stdout(error.details)
  const { failureExitCode: own } = command ?? {}
  const told =
    own !== undefined && error instanceof FlagError ? new UsageError(error.message) : error
  const text = failureText(told, path)
  io.stderr(text === '' || text.endsWith('\n') ? text : `${text}\n`)
  return own ?? (error instanceof CommandError || error instanceof PlainError ? error.exitCode : 1)
}

function failureText(error: unknown, path: string): string {
  const program = path === '' ? 'kubectl' : `kubectl ${path}`
  if (error instanceof FlagError) {
    return `error: ${error.message}\nSee '${program} --help' for usage.`
  }
  if (error instanceof UsageError) {
    return `error: ${error.message}\nSee '${program} -h' for help and examples`
  }
  if (error instanceof PlainError) return error.message
  if (error instanceof StatusError && error.reason === 'Invalid') return invalidText(error)
  if (error instanceof ConfigurationError) {
    return multiline('Error in configuration: ', error.problems)
  }
  if (error instanceof AggregateFailure) {
    return error.errors.map((one) => `${messageOf(one)}\n`).join('')
  }
  const standard = standardMessage(error)
  if (standard !== undefined) return standard
  if (error instanceof CommandError) {
    return error.message.startsWith('error: ') ? error.message : `error: ${error.message}`
  }
  throw error
}

function invalidText({ status }: StatusError): string {
  const { details, message = '' } = status
  if (details === undefined) return 'The request is invalid'
  const { kind = '', name = '', causes = [] } = details
  const head =
    kind !== '' || name !== ''
      ? `The ${kind} ${JSON.stringify(name)} is invalid`
      : message !== '' && causes.length === 0
        ? `The request is invalid: ${message}`
        : 'The request is invalid'
  if (causes.length === 0) return head
  const problems = causes.map((cause) => `${cause.field ?? ''}: ${cause.message ?? ''}`)
  return multiline(`${head}: `, [...new Set(problems)])
}

function multiline(prefix: string, problems: readonly string[]): string {
  if (problems.length === 1) return `${prefix}${problems[0]}\n`
  return `${prefix}\n${problems.map((problem) => `* ${problem}\n`).join('')}`
}

/** One error among others: without `error: `. */
export function messageOf(error: unknown): string {
  return standardMessage(error) ?? (error instanceof Error ? error.message : String(error))
}

function standardMessage(error: unknown): string | undefined {
  if (error instanceof StatusError) {
    if (error.reason === 'Unauthorized') {
      return `error: You must be logged in to the server (${error.message})`
    }
    const reason = error.reason === '' ? '' : ` (${error.reason})`
    return `Error from server${reason}: ${error.message}`
  }
  if (error instanceof ConnectionError) {
    if (error.message.includes('connection refused')) {
      const { host } = new URL(error.url)
      return `The connection to the server ${host} was refused - did you specify the right host or port?`
    }
    return `Unable to connect to the server: ${error.message}`
  }
  return undefined
}

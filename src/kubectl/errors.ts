/**
 * What goes wrong, by kind; `failure.ts` words it. Anything that is none of these, no StatusError and no
 * failure of the network is a bug.
 */

/** Printed as `error: …`, exit code 1 unless it says another. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A misuse of the command: followed by where its help is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A flag that pflag refuses. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

/** A misuse that is answered with the whole help page; with `message` also the error. */
export class HelpError extends Error {
  override readonly name = 'HelpError'
}

/** Ends with this code and prints nothing: all is said. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}

/** Printed without `error: `. */
export class PlainError extends Error {
  override readonly name = 'PlainError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Several at once: each on a line of its own. */
export class AggregateFailure extends Error {
  override readonly name = 'AggregateFailure'
  readonly errors: readonly unknown[]

  constructor(errors: readonly unknown[]) {
    super(
      errors.map((error) => (error instanceof Error ? error.message : String(error))).join('\n'),
    )
    this.errors = errors
  }
}

/** A request that got no answer; `cause` is Node's error. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly url: string

  constructor(url: string, message: string, cause: unknown) {
    super(message, { cause })
    this.url = url
  }
}

/** What a command that goes on after a failure ends with: nothing, or all failures. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length > 0) throw new AggregateFailure(errors)
}

/** The same where a failure that is alone is told as such. */
export function throwFailures(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0]
  throwAll(errors)
}

/** A kubeconfig that cannot be used. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      problems.length === 1
        ? `invalid configuration: ${problems[0]}`
        : `invalid configuration: [${problems.join(', ')}]`,
    )
    this.problems = problems
  }
}

/** An object that cannot be printed; `details` go to standard output. */
export class PrintFailure extends CommandError {
  readonly details: string

  constructor(message: string, details: string) {
    super(message)
    this.details = details
  }
}

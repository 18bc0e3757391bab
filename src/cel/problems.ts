/** Errors of compilation, printed as cel-go prints them. Upstream: cel-go common/error.go. */

export interface Problem {
  /** Offset in UTF-16 units. */
  readonly at: number
  readonly message: string
}

/** Upstream reports no more than this many. */
const problemsMax = 100

export class ProblemList {
  readonly #source: string
  readonly #problems: Problem[] = []

  constructor(source: string) {
    this.#source = source
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0
  }

  report(at: number, message: string): void {
    const known = this.#problems.some((one) => one.at === at && one.message === message)
    if (!known && this.#problems.length < problemsMax) this.#problems.push({ at, message })
  }

  toString(): string {
    return this.#problems
      .toSorted((a, b) => a.at - b.at)
      .map((problem) => show(this.#source, problem))
      .join('\n')
  }
}

function show(source: string, { at, message }: Problem): string {
  const before = source.slice(0, at)
  const line = before.split('\n').length
  const start = before.lastIndexOf('\n') + 1
  const end = source.indexOf('\n', at)
  const text = source.slice(start, end < 0 ? undefined : end)
  const column = codePoints(source.slice(start, at))
  const pointer = `${'.'.repeat(column)}^`
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${pointer}`
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Ends parsing at once; nothing sensible can follow. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem'
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

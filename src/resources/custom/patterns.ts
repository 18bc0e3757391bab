/** Regular expressions in Go's syntax, which run in time that grows with the text and not beyond. */
import { RE2JS, RE2JSSyntaxException } from 're2js'

/** The pattern cannot be read; the message is Go's. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** Whether a text matches anywhere. Throws {@link PatternError}. */
export function compilePattern(pattern: string): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(pattern)
    return (text) => compiled.matcher(text).find()
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new PatternError(error.message)
    throw error
  }
}

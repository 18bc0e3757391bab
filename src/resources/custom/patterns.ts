/** Regular expressions in Go's syntax, which run in time that grows with the text and not beyond. */
import { RE2JS, RE2JSSyntaxException } from 're2js'

/** The pattern cannot be read; the message is Go's. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

type Matches = (text: string) => boolean

/** Schemas say the same few patterns again and again. */
const known = new Map<string, Matches>()
const knownMax = 500

/** Whether a text matches anywhere. Throws {@link PatternError}. */
export function compilePattern(pattern: string): Matches {
  const found = known.get(pattern)
  if (found !== undefined) return found
  const made = compiled(pattern)
  if (known.size >= knownMax) known.clear()
  known.set(pattern, made)
  return made
}

function compiled(pattern: string): Matches {
  try {
    const regexp = RE2JS.compile(pattern)
    return (text) => regexp.matcher(text).find()
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new PatternError(error.message)
    throw error
  }
}

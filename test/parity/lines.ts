/**
 * The command lines of a file in `lines/`, one a line. `#` begins a comment, `line < file` gives standard
 * input, `NAME=value line` the environment. A line that differs on purpose is `~ reason ~ line`: it runs, and
 * must differ. A file that begins with `# with a node` has pods that run.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Line {
  readonly text: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** A file in `testdata/`. */
  readonly input: string | undefined
  /** Why the two differ here. */
  readonly differs: string | undefined
}

const folder = fileURLToPath(new URL('lines', import.meta.url))

export function lineFiles(): readonly string[] {
  return readdirSync(folder).toSorted()
}

export function needsNode(file: string): boolean {
  return readFileSync(join(folder, file), 'utf8').startsWith('# with a node')
}

export function readLines(file: string): readonly Line[] {
  return readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map(parseLine)
}

function parseLine(line: string): Line {
  const [, differs, text = line] = /^~ (.*?) ~ (.*)$/.exec(line) ?? []
  const [, before = text, input] = /^(.*) < (\S+)$/.exec(text) ?? []
  const all = words(before)
  const count = all.findIndex((word) => !assignment.test(word))
  const env = Object.fromEntries(all.slice(0, count).map(splitAssignment))
  return { text, argv: all.slice(count), env, input, differs }
}

const assignment = /^[A-Z_]+=/

function splitAssignment(word: string): readonly [name: string, value: string] {
  const equals = word.indexOf('=')
  return [word.slice(0, equals), word.slice(equals + 1)]
}

/** As a shell splits: single quotes, double quotes, `$'…'` with backslashes. */
function words(text: string): readonly string[] {
  const found: string[] = []
  const word = /(?:\$'(?:[^'\\]|\\.)*'|'[^']*'|"[^"]*"|[^\s'"])+/g
  for (const [match] of text.matchAll(word)) {
    found.push(match.replaceAll(/\$'((?:[^'\\]|\\.)*)'|'([^']*)'|"([^"]*)"/g, unquoted))
  }
  return found
}

function unquoted(_all: string, ansi?: string, single?: string, double?: string): string {
  if (ansi !== undefined) return ansi.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
  return single ?? double ?? ''
}

/**
 * The data of config maps and secrets: files, folders, literals, environment files.
 * Upstream: kubectl pkg/cmd/create/create_configmap.go, pkg/util/util.go, pkg/util/env_file.go.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { goJson } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'

/** Keys in the order given; a key twice is refused. */
export function dataOf({ flags, io }: Call, of: string): ReadonlyMap<string, Buffer> {
  const files = flags.has('from-file') ? flags.strings('from-file') : []
  const literals = flags.has('from-literal') ? flags.strings('from-literal') : []
  const envFiles = flags.has('from-env-file') ? flags.strings('from-env-file') : []
  if (envFiles.length > 0 && (files.length > 0 || literals.length > 0)) {
    throw new CommandError('from-env-file cannot be combined with from-file or from-literal')
  }
  const data = new Map<string, Buffer>()
  const add = (key: string, value: Buffer): void => {
    checkKey(key)
    if (data.has(key)) {
      throw new CommandError(
        `cannot add key ${JSON.stringify(key)}, another key by that name already exists${of}`,
      )
    }
    data.set(key, value)
  }
  for (const source of files) for (const [key, value] of fileSource(source)) add(key, value)
  for (const literal of literals) add(...literalSource(literal))
  for (const file of envFiles) for (const [key, value] of envSource(file, io.env)) add(key, value)
  return data
}

function checkKey(key: string): void {
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    throw new CommandError(
      `${JSON.stringify(key)} is not valid: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    )
  }
}

function literalSource(literal: string): readonly [string, Buffer] {
  const equals = literal.indexOf('=')
  if (equals <= 0) {
    throw new CommandError(`invalid literal source ${literal}, expected key=value`)
  }
  return [literal.slice(0, equals), Buffer.from(literal.slice(equals + 1))]
}

/** `path`, `key=path`, or a folder, each file of which is a key. */
function fileSource(source: string): readonly (readonly [string, Buffer])[] {
  const parts = source.split('=')
  if (parts.length > 2) {
    throw new CommandError("key names or file paths cannot contain '='")
  }
  if (parts.length === 2 && parts[0] === '') {
    throw new CommandError(`key name for file path ${parts[1]} missing`)
  }
  if (parts.length === 2 && parts[1] === '') {
    throw new CommandError(`file path for key name ${parts[0]} missing`)
  }
  const path = parts.at(-1) as string
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) {
    throw new CommandError(`error reading ${path}: no such file or directory`)
  }
  if (!found.isDirectory()) {
    return [[parts.length === 2 ? (parts[0] as string) : basename(path), readFileSync(path)]]
  }
  if (parts.length === 2) {
    throw new CommandError('cannot give a key name for a directory path')
  }
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^[-._a-zA-Z0-9]+$/.test(entry.name))
    .map((entry) => entry.name)
    .sort()
    .map((name) => [name, readFileSync(join(path, name))] as const)
}

function envSource(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly (readonly [string, Buffer])[] {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined)
    throw new CommandError(`error reading ${file}: no such file or directory`)
  if (found.isDirectory()) throw new CommandError('env secret file cannot be a directory')
  const pairs: (readonly [string, Buffer])[] = []
  for (const [at, raw] of readFileSync(file, 'utf8').split('\n').entries()) {
    const line = raw.replace(/\r$/, '').trimStart()
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const key = equals < 0 ? line : line.slice(0, equals)
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key)) {
      throw new CommandError(`${JSON.stringify(key)} is not a valid key name: line ${at + 1}`)
    }
    const value = equals < 0 ? (env[key] ?? '') : line.slice(equals + 1)
    pairs.push([key, Buffer.from(value)])
  }
  return pairs
}

/** Whether it can be a text of the API. */
export function isText(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString()).equals(bytes)
}

/** What `--append-hash` adds to a name. Upstream: kubectl pkg/util/hash/hash.go. */
export function contentHash(fields: object): string {
  const hex = createHash('sha256').update(goJson(fields)).digest('hex')
  const letters: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' }
  return Array.from(hex.slice(0, 10), (digit) => letters[digit] ?? digit).join('')
}

/** Sorted by key, as a map of Go is written. */
export function sortedEntries<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

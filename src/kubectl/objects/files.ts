/**
 * Objects in files, folders, URLs and standard input, one document after the other.
 * Upstream: cli-runtime pkg/resource/visitor.go, apimachinery pkg/util/yaml/decoder.go.
 */
import { globSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseYaml, YamlError } from '#api/yaml.ts'
import { goJson } from '#api/meta/go-quote.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import { isList, isMapping } from './info.ts'
import type { KubeObject } from './info.ts'

export interface Document {
  readonly object: KubeObject
  readonly source: string
}

/** Where documents come from; `isSingle`: one file, so one object is meant. */
export interface Source {
  readonly name: string
  readonly isSingle: boolean
  read(): Promise<string>
}

const extensions = ['.json', '.yaml', '.yml']

/** Throws CommandError for a path that does not exist. */
export function sourcesOf(
  names: readonly string[],
  io: Io,
  options: { readonly recursive: boolean },
): readonly Source[] {
  return names.flatMap((name) => {
    if (name === '-') return [{ name: 'STDIN', isSingle: false, read: () => io.readStdin() }]
    if (/^https?:\/\//.test(name)) {
      return [{ name, isSingle: true, read: () => download(name) }]
    }
    return matches(name, io.cwd).flatMap((path) => pathSources(path, options))
  })
}

function matches(pattern: string, cwd: string): readonly string[] {
  if (statSync(pattern, { throwIfNoEntry: false }) !== undefined) return [pattern]
  const found = globSync(pattern, { cwd }).toSorted()
  if (found.length === 0) {
    throw new CommandError(`the path ${JSON.stringify(pattern)} does not exist`)
  }
  return found
}

function pathSources(path: string, { recursive }: { readonly recursive: boolean }): Source[] {
  if (!statSync(path).isDirectory()) {
    return [{ name: path, isSingle: true, read: async () => readFileSync(path, 'utf8') }]
  }
  const files = filesIn(path, recursive)
  if (files.length === 0) {
    throw new CommandError(
      `error reading [${path}]: recognized file extensions are [${extensions.join(' ')}]`,
    )
  }
  return files.map((file) => ({
    name: file,
    isSingle: false,
    read: async () => readFileSync(file, 'utf8'),
  }))
}

function filesIn(folder: string, recursive: boolean): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name)
    if (statSync(path).isDirectory()) return recursive ? filesIn(path, true) : []
    return extensions.some((extension) => entry.name.endsWith(extension)) ? [path] : []
  })
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url).catch((error: unknown) => {
    throw new CommandError(`Get ${JSON.stringify(url)}: ${(error as Error).message}`)
  })
  if (!answer.ok) {
    throw new CommandError(
      `unable to read URL ${JSON.stringify(url)}, server reported ${answer.status} ${answer.statusText}, status code=${answer.status}`,
    )
  }
  return await answer.text()
}

/** The documents of a source; a broken one throws when its turn comes. */
export async function* documentsOf(
  source: Source,
  options: { readonly flatten: boolean; readonly validate: boolean },
): AsyncGenerator<Document> {
  const text = await source.read()
  for (const value of valuesIn(text, source.name)) {
    if (value === null || value === undefined) continue
    if (options.validate) refuseUntyped(value, source.name)
    const object = checked(value, source.name)
    if (!options.flatten) yield { object, source: source.name }
    else for (const one of flattened(object)) yield { object: one, source: source.name }
  }
}

function* valuesIn(text: string, name: string): Generator<unknown> {
  if (/^\s*\{/.test(text)) {
    const values = jsonValues(text)
    if (values !== undefined) return yield* values
  }
  for (const part of splitDocuments(text)) {
    try {
      yield parseYaml(part)
    } catch (error) {
      if (!(error instanceof YamlError)) throw error
      const message = error.message.startsWith('yaml:')
        ? `error converting YAML to JSON: ${error.message}`
        : error.message
      throw new CommandError(`error parsing ${name}: ${message}`)
    }
  }
}

/** JSON documents one after the other; undefined: it is not JSON. */
function jsonValues(text: string): readonly unknown[] | undefined {
  try {
    return [JSON.parse(text)]
  } catch {
    const parts = text.split(/(?<=\})\s*\n(?=\{)/)
    if (parts.length === 1) return undefined
    try {
      return parts.map((part) => JSON.parse(part) as unknown)
    } catch {
      return undefined
    }
  }
}

/** At lines that begin with `---`. */
function splitDocuments(text: string): readonly string[] {
  return text
    .replaceAll('\r\n', '\n')
    .split(/^---(?:[ \t][^\n]*)?$/m)
    .filter((part) => part.trim() !== '')
}

/** What kubectl says before it asks the server to validate. */
function refuseUntyped(value: unknown, name: string): void {
  if (!isMapping(value)) return
  const missing = ['apiVersion', 'kind'].filter((field) => (value[field] ?? '') === '')
  if (missing.length === 0) return
  const texts = missing.map((field) => `${field} not set`)
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  throw new CommandError(
    `error validating ${JSON.stringify(name)}: error validating data: ${all}; if you choose to ignore these errors, turn validation off with --validate=false`,
  )
}

function checked(value: unknown, name: string): KubeObject {
  if (!isMapping(value)) {
    throw new CommandError(
      `unable to decode ${JSON.stringify(name)}: json: cannot unmarshal ${goKind(value)} into Go value of type unstructured.detector`,
    )
  }
  const { kind, apiVersion } = value as KubeObject
  if (typeof kind !== 'string' || kind === '') {
    throw new CommandError(
      `unable to decode ${JSON.stringify(name)}: Object 'Kind' is missing in '${goJson(value)}'`,
    )
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    throw new CommandError(
      `unable to decode ${JSON.stringify(name)}: Object 'apiVersion' is missing in '${goJson(value)}'`,
    )
  }
  return value
}

function goKind(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
}

function flattened(object: KubeObject): readonly KubeObject[] {
  return isList(object) ? object.items.flatMap(flattened) : [object]
}

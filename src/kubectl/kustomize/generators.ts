/** ConfigMaps and Secrets made of literals and files. Upstream: kustomize api/internal/generators, api/kv. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { goJson } from '#api/meta/go-quote.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Json, KubeObject } from '#kubectl/objects/info.ts'
import { newResource } from './resource.ts'
import type { Behavior, Resource } from './resource.ts'

export interface GeneratorOptions {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly disableNameSuffixHash: boolean
  readonly immutable: boolean
}

export interface Generator {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  readonly namespace: string
  readonly behavior: Behavior
  /** Of a Secret. */
  readonly type: string
  readonly literals: readonly string[]
  readonly files: readonly string[]
  readonly envs: readonly string[]
  readonly options: GeneratorOptions
}

export interface Sources {
  readonly read: (path: string) => Buffer
}

export function generated(generator: Generator, sources: Sources): Resource {
  const { kind, name, namespace, type, options } = generator
  const data = new Map<string, Buffer>()
  for (const [key, value] of pairsOf(generator, sources)) {
    if (data.has(key)) {
      throw new CommandError(`${kind.toLowerCase()} ${name} illegally repeats the key \`${key}\``)
    }
    data.set(key, value)
  }
  const object: KubeObject = {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      ...(namespace !== '' && { namespace }),
      ...(Object.keys(options.labels).length > 0 && { labels: { ...options.labels } }),
      ...(Object.keys(options.annotations).length > 0 && {
        annotations: { ...options.annotations },
      }),
    },
    ...(kind === 'Secret' ? secretData(data, type) : configMapData(data)),
    ...(options.immutable && { immutable: true }),
  }
  return {
    ...newResource(object, generator.behavior),
    needsHash: !options.disableNameSuffixHash,
  }
}

function* pairsOf({ envs, literals, files }: Generator, sources: Sources): Iterable<Pair> {
  yield* loaded(`env source files: [${envs.join(' ')}]`, () =>
    envs.flatMap((path) => envPairs(sources.read(path).toString())),
  )
  yield* loaded(`literal sources [${literals.join(' ')}]`, () => literals.map(literalPair))
  yield* loaded(`file sources: [${files.join(' ')}]`, () =>
    files.map((source) => filePair(source, sources)),
  )
}

function loaded(what: string, load: () => readonly Pair[]): readonly Pair[] {
  try {
    return load()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`loading KV pairs: ${what}: ${error.message}`)
  }
}

type Pair = readonly [key: string, value: Buffer]

function literalPair(literal: string): Pair {
  const equals = literal.indexOf('=')
  if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`)
  const value = literal.slice(equals + 1).replace(/^["']+|["']+$/g, '')
  return [literal.slice(0, equals), Buffer.from(value)]
}

function filePair(source: string, { read }: Sources): Pair {
  const equals = source.indexOf('=')
  if (equals < 0) return [basename(source), read(source)]
  const [key, path] = [source.slice(0, equals), source.slice(equals + 1)]
  if (key === '') throw new CommandError(`missing key name for file path ${path}`)
  if (path === '') throw new CommandError(`missing file path for key name ${key}`)
  return [key, read(path)]
}

/** A name alone is empty: nothing of the environment gets into a build. */
function envPairs(text: string): readonly Pair[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const equals = line.indexOf('=')
      const key = equals < 0 ? line : line.slice(0, equals)
      return [key, Buffer.from(equals < 0 ? '' : line.slice(equals + 1))]
    })
}

function configMapData(data: ReadonlyMap<string, Buffer>): Json {
  const isText = (value: Buffer): boolean => Buffer.from(value.toString()).equals(value)
  const texts = [...data].filter(([, value]) => isText(value))
  const binaries = [...data].filter(([, value]) => !isText(value))
  return {
    ...(texts.length > 0 && {
      data: Object.fromEntries(texts.map(([key, value]) => [key, value.toString()])),
    }),
    ...(binaries.length > 0 && {
      binaryData: Object.fromEntries(binaries.map(([key, value]) => [key, base64Lines(value)])),
    }),
  }
}

function secretData(data: ReadonlyMap<string, Buffer>, type: string): Json {
  const entries = [...data].map(([key, value]) => [key, base64Lines(value)])
  return {
    type: type === '' ? 'Opaque' : type,
    data: Object.fromEntries(entries) as Json,
  }
}

const lineLength = 70

/** Long ones in lines, each with its end. */
function base64Lines(value: Buffer): string {
  const text = value.toString('base64')
  if (text.length < lineLength) return text
  return text.replaceAll(new RegExp(`.{1,${lineLength}}`, 'g'), '$&\n')
}

/** What is appended to the name. Upstream: kustomize api/hasher/hasher.go. */
export function hashOf({ kind, data = '', ...object }: KubeObject): string {
  const { type = '', binaryData, stringData } = object
  // Upstream looks for the name at a key `metadata/name`, which no object has.
  const name = ''
  const isSecret = kind === 'Secret'
  const more = isSecret ? { type, ...(stringData !== undefined && { stringData }) } : {}
  const binary = !isSecret && binaryData !== undefined ? { binaryData } : {}
  const text = goJson({ kind, name, data, ...more, ...binary })
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 10)
  return digits.replaceAll(/[013ae]/g, (digit) => safeDigits[digit] ?? digit)
}

/** Without vowels and what looks like them, so that no words come about. */
const safeDigits: Readonly<Record<string, string>> = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' }

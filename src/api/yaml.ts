/**
 * YAML as Kubernetes' Go programs read and write it: YAML 1.1's words for truth, octal numbers with a
 * leading zero, no dates, keys that are always strings.
 * Upstream: sigs.k8s.io/yaml with its goyaml.v2, resolve.go; kubectl is the oracle of the tests.
 */
import {
  binaryTag,
  defineMappingTag,
  defineScalarTag,
  loadAll,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from 'js-yaml'
import { goQuote } from './meta/go-quote.ts'
import { formatYamlValue } from './yaml-format.ts'
import { nullWords, truthWords, YamlError, yamlNumber } from './yaml-scalars.ts'

export { YamlError } from './yaml-scalars.ts'

const wordTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  resolve: (source) => truthWords.get(source) ?? NOT_RESOLVED,
  identify: (data) => typeof data === 'boolean',
})

const nullTag = defineScalarTag<null>('tag:yaml.org,2002:null', {
  implicit: true,
  resolve: (source) => (nullWords.has(source) ? null : NOT_RESOLVED),
  identify: (data) => data === null,
})

const numberTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: '-+.0123456789'.split(''),
  resolve: (source) => yamlNumber(source) ?? NOT_RESOLVED,
  identify: (data) => typeof data === 'number',
})

const floatTag = defineScalarTag<number>('tag:yaml.org,2002:float', {
  resolve: (source) => yamlNumber(source) ?? NOT_RESOLVED,
  identify: () => false,
})

/** Tags that nobody knows are as if they were not there. */
const unknownScalarTag = defineScalarTag<unknown>('!', {
  matchByTagPrefix: true,
  resolve: (source) => source,
  identify: () => false,
})

const decodedBinaryTag = defineScalarTag<string>('tag:yaml.org,2002:binary', {
  resolve: (source, isExplicit, tagName) => {
    const bytes = binaryTag.resolve(source, isExplicit, tagName)
    return bytes === NOT_RESOLVED ? NOT_RESOLVED : new TextDecoder().decode(bytes)
  },
  identify: () => false,
})

/** Where a key comes again the last one counts, as in JSON. */
const lenientMapTag = defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
  ...mapTag,
  addPair(carrier, key, value) {
    if (key === null) return 'unsupported map key of type: null'
    return mapTag.addPair(carrier, key, value)
  },
})

/** YAML 1.2 knows `true` and `false` alone. */
const plainWordTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  resolve: (source) =>
    /^(?:true|false)$/i.test(source) ? (truthWords.get(source) ?? NOT_RESOLVED) : NOT_RESOLVED,
  identify: (data) => typeof data === 'boolean',
})

const otherTags = [
  nullTag,
  numberTag,
  floatTag,
  decodedBinaryTag,
  unknownScalarTag,
  seqTag,
  lenientMapTag,
]

const schema = new Schema([strTag, mergeTag, wordTag, ...otherTags])
const schema12 = new Schema([strTag, mergeTag, plainWordTag, ...otherTags])

/** One document; undefined when there is none. Throws {@link YamlError}. */
export function parseYaml(text: string): unknown {
  return parseYamlDocuments(text)[0]
}

/** All documents, without those that hold nothing. Throws {@link YamlError}. */
export function parseYamlDocuments(text: string): unknown[] {
  return load(text, true).filter((document) => document !== null && document !== undefined)
}

/**
 * All documents as kustomize reads those of objects: `yes`, `on` and `y` are texts. Upstream: goyaml.v3.
 * Throws {@link YamlError}.
 */
export function parseYaml12Documents(text: string): unknown[] {
  return load(text, true, schema12).filter(
    (document) => document !== null && document !== undefined,
  )
}

/** More of them are not told: each costs a parse. */
const duplicatesMax = 100

/**
 * The keys that mappings name twice, in go-yaml's words (`key "a" already set in map`), as one problem;
 * empty when there is none. Throws nothing: other errors are {@link parseYaml}'s to tell.
 */
export function duplicateYamlKeys(text: string): readonly string[] {
  const lines: string[] = []
  let rest = text
  for (;;) {
    const found = lines.length < duplicatesMax ? duplicateKey(rest) : undefined
    if (found === undefined) break
    const { position, line } = found
    const key = /^[^"':,\s]+/.exec(rest.slice(position))?.[0] ?? ''
    lines.push(`  line ${line + 1}: key ${goQuote(key)} already set in map`)
    if (key === '') break
    // Renamed, so that the next one is found.
    rest = `${rest.slice(0, position)}\uE000${lines.length}${rest.slice(position + key.length)}`
  }
  return lines.length === 0 ? [] : [['yaml: unmarshal errors:', ...lines].join('\n')]
}

function duplicateKey(text: string): { position: number; line: number } | undefined {
  try {
    load(text, false)
    return undefined
  } catch (error) {
    if (!(error instanceof YAMLException) || !error.reason.startsWith('duplicated'))
      return undefined
    return error.mark ?? undefined
  }
}

function load(text: string, lenient: boolean, dialect = schema): unknown[] {
  try {
    const documents = loadAll(text, { schema: dialect, json: lenient, maxDepth: 1000 })
    return text.includes('*') ? documents.map((document) => unshared(document, text)) : documents
  } catch (error) {
    if (!lenient || !(error instanceof YAMLException)) throw error
    throw new YamlError(goMessage(error))
  }
}

/** How go-yaml words what js-yaml found. */
const wordings: readonly (readonly [RegExp, string])[] = [
  [
    /bad indentation of a mapping entry|nested mappings|mapping values/,
    'mapping values are not allowed in this context',
  ],
  [/^unidentified alias "(.*)"/, "unknown anchor '$1' referenced"],
  [/deficient indentation/, 'did not find expected node content'],
  [/flow collection/, "did not find expected ',' or ']'"],
  [/multiline key may not/, "could not find expected ':'"],
  [/tab characters/, 'found character that cannot start any token'],
]

function goMessage(error: YAMLException): string {
  const found = wordings.find(([pattern]) => pattern.test(error.reason))
  const reason =
    found === undefined
      ? error.reason
      : error.reason.replace(new RegExp(`^.*?(?:${found[0].source}).*$`), found[1])
  if (reason.startsWith('unknown anchor')) return `yaml: ${reason}`
  // What is missing after the end of a line is missing on that line.
  const lines = found?.[1].endsWith('node content') === true ? 0 : 1
  return `yaml: line ${(error.mark?.line ?? 0) + lines}: ${reason}`
}

/** What a document may grow to when its aliases are replaced by what they stand for. */
const nodesMax = 1_000_000

/** A copy in which nothing is shared, so that one place can be changed without the other. */
function unshared(document: unknown, text: string): unknown {
  let nodes = 0
  const within = new Set<object>()
  const copy = (value: unknown): unknown => {
    nodes += 1
    if (nodes > nodesMax) throw new YamlError('yaml: document contains excessive aliasing')
    if (typeof value !== 'object' || value === null) return value
    if (within.has(value)) {
      const anchor = /&([^\s,[\]{}]+)/.exec(text)?.[1] ?? ''
      throw new YamlError(`yaml: anchor '${anchor}' value contains itself`)
    }
    within.add(value)
    const copied = Array.isArray(value)
      ? value.map(copy)
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]))
    within.delete(value)
    return copied
  }
  return copy(document)
}

/**
 * A document as kubectl writes it: lists not indented, undefined left out, long lines folded. Keys come
 * in the order given, or `sorted` as Go's programs sort them.
 */
export function formatYaml(value: unknown, keys: 'given' | 'sorted' = 'given'): string {
  return formatYamlValue(value, keys)
}

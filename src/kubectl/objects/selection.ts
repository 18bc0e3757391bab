/**
 * What the arguments, files and selectors of a command line mean.
 * Upstream: cli-runtime pkg/resource/builder.go.
 */
import type { Call } from '#kubectl/command.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { NoKindMatchError } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Document, Source } from './files.ts'
import type { Info } from './info.ts'

export interface SelectionOptions {
  /** `TYPE[,TYPE…] [NAME…]` or `TYPE/NAME…`. */
  readonly args?: readonly string[]
  readonly filenames?: readonly string[]
  readonly kustomize?: string
  readonly recursive?: boolean
  readonly selector?: string
  readonly fieldSelector?: string
  /** All objects of the types (`--all`). */
  readonly all?: boolean
  readonly allNamespaces?: boolean
  /** A type alone means all its objects. */
  readonly typeAloneMeansAll?: boolean
  readonly singleType?: boolean
  readonly subresource?: string
  readonly chunkSize?: number
  /** Objects of files stay as they are; no server is asked. */
  readonly local?: boolean
  /** Objects of files must say their type. */
  readonly validate?: boolean
  /** Lists in files stay lists. Default: their items. */
  readonly keepLists?: boolean
  /** What lives in a namespace must say in which. */
  readonly noDefaultNamespace?: boolean
}

export type Target =
  | {
      readonly type: 'list'
      readonly mapping: Mapping
      readonly namespace: string
      readonly selector: string
      readonly fieldSelector: string
      readonly chunkSize: number
    }
  | {
      readonly type: 'named'
      readonly mapping: Mapping
      readonly namespace: string
      readonly name: string
      readonly subresource: string
    }
  | { readonly type: 'object'; readonly info: Info }

export interface Selection {
  readonly targets: AsyncIterable<Target> | readonly Target[]
  /** One object is meant, so that it is printed alone and not in a list. */
  readonly isSingle: boolean
  readonly isList: boolean
}

export const missingResource = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

/** Throws CommandError for what contradicts itself or does not exist on the server. */
export async function select(call: Call, options: SelectionOptions): Promise<Selection> {
  const { selector = '', fieldSelector = '', all = false } = options
  if (all && (selector !== '' || fieldSelector !== '')) {
    throw new CommandError("setting 'all' parameter but found a non empty selector. ")
  }
  const words = splitArgs(options.args ?? [])
  if ((options.filenames ?? []).length > 0 || (options.kustomize ?? '') !== '') {
    refuseArguments(words)
    return await selectFiles(call, options)
  }
  const bySelector =
    selector !== '' ||
    fieldSelector !== '' ||
    all ||
    (words.form === 'types' && words.types.length > 0 && options.typeAloneMeansAll === true)
  if (bySelector) return await selectLists(call, words, options)
  if (words.form === 'tuples') return await selectTuples(call, words.tuples, options)
  if (words.form === 'names') return await selectNames(call, words, options)
  if (words.types.length === 0) throw new CommandError(missingResource)
  for (const type of words.types) await (await call.factory.mapper()).mappingFor(type)
  throw new CommandError('resource(s) were provided, but no name was specified')
}

type Words =
  | { readonly form: 'types'; readonly types: readonly string[] }
  | { readonly form: 'names'; readonly type: string; readonly names: readonly string[] }
  | { readonly form: 'tuples'; readonly tuples: readonly (readonly [type: string, name: string])[] }

function splitArgs(args: readonly string[]): Words {
  const words = manyTypes(args)
  const withSlash = words.filter((word) => word.includes('/'))
  if (withSlash.length > 0) {
    if (withSlash.length < words.length) {
      throw new CommandError(needlessType)
    }
    return { form: 'tuples', tuples: words.map(splitTuple) }
  }
  const [type = '', ...names] = words
  if (names.length > 0) return { form: 'names', type, names }
  return { form: 'types', types: words.length === 0 ? [] : unique(type.split(',')) }
}

const needlessType =
  "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"

/** `a,b c` → `a/c b/c`. */
function manyTypes(args: readonly string[]): readonly string[] {
  const [types = '', ...names] = args
  const list = unique(types.split(','))
  if (names.length === 0 || list.length < 2) return args
  return list.flatMap((type) => names.map((name) => `${type}/${name}`))
}

function splitTuple(word: string): readonly [string, string] {
  const parts = word.split('/')
  if (parts.length !== 2) {
    throw new CommandError('arguments in resource/name form may not have more than one slash')
  }
  const [type = '', name = ''] = parts
  if (type === '' || name === '' || unique(type.split(',')).length !== 1) {
    throw new CommandError('arguments in resource/name form must have a single resource and name')
  }
  return [type, name]
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)]
}

function refuseArguments(words: Words): void {
  if (words.form === 'types' && words.types.length === 0) return
  if (words.form === 'tuples') {
    throw new CommandError('resource/name arguments cannot be provided when a path is specified')
  }
  throw new CommandError(
    'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
  )
}

async function mappingsOf(call: Call, words: readonly string[], singleType: boolean) {
  const mapper = await call.factory.mapper()
  const types: string[] = []
  for (const word of words) types.push(...((await mapper.category(word)) ?? [word]))
  if (singleType && types.length > 1) {
    throw new CommandError('you may only specify a single resource type')
  }
  const mappings: Mapping[] = []
  for (const type of types) {
    const mapping = await mapper.mappingFor(type)
    if (!mappings.includes(mapping)) mappings.push(mapping)
  }
  return mappings
}

async function selectLists(
  call: Call,
  words: Words,
  options: SelectionOptions,
): Promise<Selection> {
  if (words.form === 'names') {
    throw new CommandError('name cannot be provided when a selector is specified')
  }
  if (words.form === 'tuples') {
    throw new CommandError(
      'selectors and the all flag cannot be used when passing resource/name arguments',
    )
  }
  if (words.types.length === 0) {
    throw new CommandError('at least one resource must be specified to use a selector')
  }
  if ((options.subresource ?? '') !== '') {
    throw new CommandError('subresource cannot be used when bulk resources are specified')
  }
  const namespace = options.allNamespaces === true ? '' : (await call.factory.namespace()).namespace
  const mappings = await mappingsOf(call, words.types, options.singleType === true)
  const { selector = '', fieldSelector = '', chunkSize = 0 } = options
  const targets = mappings.map((mapping) => ({
    type: 'list' as const,
    mapping,
    namespace: mapping.namespaced ? namespace : '',
    selector,
    fieldSelector,
    chunkSize,
  }))
  return { targets, isSingle: false, isList: true }
}

async function selectTuples(
  call: Call,
  tuples: readonly (readonly [string, string])[],
  options: SelectionOptions,
): Promise<Selection> {
  const mapper = await call.factory.mapper()
  const targets: Target[] = []
  for (const [type, name] of tuples) {
    targets.push(await namedTarget(call, await mapper.mappingFor(type), { name, options }))
  }
  const types = new Set(targets.map((target) => target.type === 'named' && target.mapping))
  if (options.singleType === true && types.size > 1) {
    throw new CommandError('you may only specify a single resource type')
  }
  return { targets, isSingle: tuples.length === 1, isList: false }
}

async function selectNames(
  call: Call,
  words: Extract<Words, { form: 'names' }>,
  options: SelectionOptions,
): Promise<Selection> {
  const mappings = await mappingsOf(call, [words.type], false)
  const [mapping] = mappings
  if (mapping === undefined || mappings.length > 1) {
    throw new CommandError('you must specify only one resource')
  }
  const targets: Target[] = []
  for (const name of words.names) targets.push(await namedTarget(call, mapping, { name, options }))
  return { targets, isSingle: words.names.length === 1, isList: false }
}

async function namedTarget(
  call: Call,
  mapping: Mapping,
  { name, options }: { readonly name: string; readonly options: SelectionOptions },
): Promise<Target> {
  if (mapping.namespaced && options.allNamespaces === true) {
    throw new CommandError('a resource cannot be retrieved by name across all namespaces')
  }
  if (mapping.namespaced && options.noDefaultNamespace === true) {
    throw new CommandError('namespace may not be empty when retrieving a resource by name')
  }
  const namespace = mapping.namespaced ? (await call.factory.namespace()).namespace : ''
  return { type: 'named', mapping, namespace, name, subresource: options.subresource ?? '' }
}

async function selectFiles(call: Call, options: SelectionOptions): Promise<Selection> {
  if ((options.kustomize ?? '') !== '') {
    if ((options.filenames ?? []).length > 0) {
      throw new CommandError('only one of -f or -k can be specified')
    }
    if (options.recursive === true) {
      throw new CommandError("the -k flag can't be used with -f or -R")
    }
    const { kustomizeSource } = await import('./kustomize.ts')
    const source = kustomizeSource(options.kustomize ?? '', call.io)
    return { targets: fileTargets(call, [source], options), isSingle: false, isList: false }
  }
  const { sourcesOf } = await import('./files.ts')
  const { recursive = false } = options
  const sources = sourcesOf(options.filenames ?? [], call.io, { recursive })
  const isSingle = sources.length === 1 && sources[0]?.isSingle === true
  return { targets: fileTargets(call, sources, options), isSingle, isList: false }
}

async function* fileTargets(
  call: Call,
  sources: readonly Source[],
  options: SelectionOptions,
): AsyncGenerator<Target> {
  const { documentsOf } = await import('./files.ts')
  const matches = await selectorOf(options.selector ?? '')
  const fileOptions = {
    flatten: options.keepLists !== true,
    validate: options.validate === true,
  }
  for (const source of sources) {
    for await (const document of documentsOf(source, fileOptions)) {
      if (!matches(document.object.metadata?.labels)) continue
      yield { type: 'object', info: await infoOf(call, document, options) }
    }
  }
}

async function selectorOf(
  text: string,
): Promise<(labels: Record<string, string> | undefined) => boolean> {
  if (text === '') return () => true
  const { LabelSelectorError, parseLabelSelector } = await import('#api/meta/labels.ts')
  try {
    const selector = parseLabelSelector(text)
    return (labels) => selector.matches(labels)
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error
    throw new CommandError(
      `the provided selector ${JSON.stringify(text)} is not valid: ${error.message}`,
    )
  }
}

/** With the namespace that it will live in; a file's own must not contradict the flag. */
async function infoOf(call: Call, document: Document, options: SelectionOptions): Promise<Info> {
  const { object, source } = document
  const { name = '', namespace: own = '' } = object.metadata ?? {}
  const mapping = await mappingOfDocument(call, document, options)
  if (!mapping.namespaced) return { mapping, namespace: '', name, object, source }
  const { namespace, namespaceIsExplicit } = await call.factory.namespace()
  if (own !== '' && own !== namespace && namespaceIsExplicit) {
    throw new CommandError(
      `the namespace from the provided object ${JSON.stringify(own)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${own}' to perform this operation.`,
    )
  }
  if (own === '' && options.noDefaultNamespace === true) {
    const { group, version, resource } = mapping
    throw new CommandError(
      `no namespace set on resource ${group}/${version}, Resource=${resource} ${JSON.stringify(name)}`,
    )
  }
  const placed = own === '' ? namespace : own
  if (own === '' && options.local !== true) {
    object.metadata = { ...object.metadata, namespace: placed }
  }
  return { mapping, namespace: placed, name, object, source }
}

/** Where its kind is served. Rejects with CommandError when the server has no such kind. */
export async function mappingOfDocument(
  call: Call,
  { object, source }: Document,
  options: Pick<SelectionOptions, 'local'>,
): Promise<Mapping> {
  const { apiVersion = '', kind = '' } = object
  if (options.local === true) {
    const { localMapping } = await import('./local-mapping.ts')
    return localMapping(apiVersion, kind)
  }
  try {
    return await (await call.factory.mapper()).mappingOf(apiVersion, kind)
  } catch (error) {
    if (!(error instanceof NoKindMatchError)) throw error
    const { name = '', namespace = '' } = object.metadata ?? {}
    throw new CommandError(
      `resource mapping not found for name: ${JSON.stringify(name)} namespace: ${JSON.stringify(namespace)} from ${JSON.stringify(source)}: ${error.message}\nensure CRDs are installed first`,
    )
  }
}

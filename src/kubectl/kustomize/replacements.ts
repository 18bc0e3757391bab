/** Values of one object in others. Upstream: kustomize api/filters/replacement. */
import { goText } from '#api/json-path/go-text.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { parseYaml12Documents } from '#api/yaml.ts'
import { CommandError } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { targetOf } from './kustomization.ts'
import { selected } from './patches.ts'
import type { Target } from './patches.ts'
import { allIds, idText } from './resource.ts'
import type { Id, Resource } from './resource.ts'

export function applyReplacement(resources: readonly Resource[], replacement: Json): void {
  const { source, sourceValue, targets } = replacement
  if (!Array.isArray(targets)) {
    throw new CommandError('replacements must specify a source and at least one target')
  }
  const value =
    typeof sourceValue === 'string' ? new Plain(sourceValue) : sourceValueOf(resources, source)
  for (const target of targets.filter(isMapping)) applyTo(resources, target, value)
}

function sourceValueOf(resources: readonly Resource[], source: unknown): unknown {
  if (!isMapping(source)) {
    throw new CommandError('replacements must specify a source and at least one target')
  }
  const wanted = targetOf(source)
  const found = resources.filter((resource) => allIds(resource).some((id) => isIt(id, wanted)))
  const [only, more] = found
  if (only === undefined) throw new CommandError(`nothing selected by ${selectorText(wanted)}`)
  if (more !== undefined) {
    throw new CommandError(`multiple matches for selector ${selectorText(wanted)}`)
  }
  const path = textOf(source['fieldPath'], 'metadata.name')
  const places = placesAt(only.object, splitPath(path), undefined)
  const [place] = places
  if (place === undefined) {
    throw new CommandError(
      `fieldPath \`${path}\` is missing for replacement source ${selectorText(wanted)}`,
    )
  }
  return part(place.holder[place.key], optionsIn(source))
}

function isIt(id: Id, target: Target): boolean {
  const parts = ['group', 'version', 'kind', 'name', 'namespace'] as const
  return parts.every((one) => target[one] === '' || target[one] === id[one])
}

function selectorText({ group, version, kind, name, namespace }: Target): string {
  return idText({ group, version, kind, name, namespace })
}

function textOf(value: unknown, none: string): string {
  return typeof value === 'string' && value !== '' ? value : none
}

interface Options {
  readonly delimiter: string
  readonly index: number
  readonly create: boolean
}

function optionsIn(value: Json): Options {
  const options = isMapping(value['options']) ? value['options'] : {}
  const { delimiter, index, create } = options
  return {
    delimiter: typeof delimiter === 'string' ? delimiter : '',
    index: typeof index === 'number' ? index : 0,
    create: create === true,
  }
}

function part(value: unknown, { delimiter, index }: Options): unknown {
  if (delimiter === '' || typeof value !== 'string') return value
  const parts = value.split(delimiter)
  if (index < 0 || index >= parts.length) {
    throw new CommandError(`options.index ${index} is out of bounds for value ${value}`)
  }
  return new Plain(parts[index] ?? '')
}

/** Text without a type: what it is depends on where it goes. */
class Plain {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get value(): unknown {
    return parseYaml12Documents(this.text)[0] ?? this.text
  }
}

function applyTo(resources: readonly Resource[], target: Json, value: unknown): void {
  const { select, reject, fieldPaths } = target
  if (!isMapping(select)) throw new CommandError('target must specify resources to select')
  const rejected = Array.isArray(reject) ? reject.filter(isMapping).map(targetOf) : []
  const out = new Set(rejected.flatMap((one) => selected(resources, one)))
  const paths = Array.isArray(fieldPaths) && fieldPaths.length > 0 ? fieldPaths : ['metadata.name']
  const options = optionsIn(target)
  for (const resource of selected(resources, targetOf(select))) {
    if (out.has(resource)) continue
    for (const path of paths) setAt(resource, String(path), { value, options })
  }
}

function setAt(
  resource: Resource,
  path: string,
  { value, options }: { readonly value: unknown; readonly options: Options },
): void {
  const places = placesAt(resource.object, splitPath(path), options.create ? value : undefined)
  if (places.length === 0) {
    throw new CommandError(`unable to find field ${goQuote(path)} in replacement target`)
  }
  for (const { holder, key } of places) holder[key] = combined(holder[key], value, options)
}

/** A scalar keeps its type where it can. */
function combined(current: unknown, value: unknown, { delimiter, index }: Options): unknown {
  if (value instanceof Plain) {
    const isText = delimiter !== '' || typeof current === 'string'
    return combined(current, isText ? value.text : value.value, { delimiter, index, create: false })
  }
  if (delimiter !== '') return joined(goText(current ?? ''), goText(value), { delimiter, index })
  if (typeof current === 'string' && !isMapping(value) && !Array.isArray(value))
    return goText(value)
  if (typeof current === 'number' && typeof value === 'string' && /^-?\d+$/.test(value)) {
    return Number(value)
  }
  return structuredClone(value)
}

function joined(
  current: string,
  value: string,
  { delimiter, index }: { readonly delimiter: string; readonly index: number },
): string {
  const parts = current.split(delimiter)
  if (index < 0) parts.unshift(value)
  else if (index >= parts.length) parts.push(value)
  else parts[index] = value
  return parts.join(delimiter)
}

/** At dots, but not within brackets or after a backslash. */
function splitPath(path: string): readonly string[] {
  const parts = path.match(/\[[^\]]*\]|(?:\\.|[^.[\\])+/g) ?? []
  return parts.map((one) => one.replaceAll('\\.', '.'))
}

interface Place {
  readonly holder: Json
  readonly key: string
}

/** Where the path leads; with something to create, fields that are missing are made. */
function placesAt(node: unknown, parts: readonly string[], created: unknown): readonly Place[] {
  const [first = '', ...rest] = parts
  const holders = Array.isArray(node) ? listPlaces(node, first) : mappingPlaces(node, first)
  return holders.flatMap((place) => {
    const { holder, key } = place
    if (holder[key] === undefined || holder[key] === null) {
      if (created === undefined) return []
      if (rest.length > 0) holder[key] = {}
    }
    return rest.length === 0 ? [place] : placesAt(holder[key], rest, created)
  })
}

function mappingPlaces(node: unknown, key: string): readonly Place[] {
  if (!isMapping(node)) return []
  if (key === '*') return Object.keys(node).map((one) => ({ holder: node, key: one }))
  return [{ holder: node, key: key.replace(/^\[(.*)\]$/, '$1') }]
}

/** `[name=web]`, `0`, `*`. */
function listPlaces(list: unknown[], key: string): readonly Place[] {
  const holder = list as unknown as Json
  const place = (at: number): Place => ({ holder, key: String(at) })
  if (key === '*') return list.map((_item, at) => place(at))
  if (/^\d+$/.test(key)) return Number(key) < list.length ? [place(Number(key))] : []
  const [, name = '', value = ''] = /^\[([^=]*)=(.*)\]$/.exec(key) ?? []
  return list.flatMap((item, at) => {
    const own = name === '' ? item : isMapping(item) ? item[name] : undefined
    return goText(own) === value ? [place(at)] : []
  })
}

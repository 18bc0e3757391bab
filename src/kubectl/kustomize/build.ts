/**
 * What a kustomization makes. Upstream: kustomize api/internal/target/kusttarget.go, api/krusty.
 */
import { isAbsolute, join, relative } from 'node:path'
import { formatYaml, parseYaml12Documents, YamlError } from '#api/yaml.ts'
import { goText } from '#api/json-path/go-text.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { generated, hashOf } from './generators.ts'
import { decodeKustomization } from './kustomization.ts'
import type { Kustomization } from './kustomization.ts'
import { isRemote, readBelow, rootAt } from './loader.ts'
import type { LoadOptions, Root } from './loader.ts'
import { sorted } from './order.ts'
import { updateReferences } from './references.ts'
import { allIds, currentId, idText, newResource, rememberId, rename, sameId } from './resource.ts'
import type { Resource } from './resource.ts'
import { transform } from './transform.ts'

export interface BuildOptions extends LoadOptions {
  readonly io: Pick<Io, 'stderr'>
}

/** The objects, in order. Throws CommandError. */
export function build(path: string, options: BuildOptions): readonly KubeObject[] {
  if (isRemote(path)) throw remote(path)
  const root = rootAt(path)
  const top = new Target(root, options, [root.folder])
  const resources = top.accumulate([])
  for (const resource of resources.filter(({ needsHash }) => needsHash)) {
    const hash = hashOf(resource.object)
    rememberId(resource)
    rename(resource, `${resource.object.metadata?.name ?? ''}-${hash}`)
  }
  updateReferences(resources)
  for (const { object } of resources) quoteAnnotations(object)
  return ordered(resources.filter(isNotLocal), top.kustomization).map((resource) =>
    described(resource, top.kustomization),
  )
}

/** Whatever was put there, annotations are texts. */
function quoteAnnotations({ metadata }: KubeObject): void {
  for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
    if (typeof value !== 'string' && metadata?.annotations !== undefined) {
      metadata.annotations[key] = goText(value)
    }
  }
}

function remote(path: string): CommandError {
  return new CommandError(
    `the kustomization ${JSON.stringify(path)} would have to be fetched, which is not supported by this kubectl`,
  )
}

function isNotLocal({ object }: Resource): boolean {
  return object.metadata?.annotations?.['config.kubernetes.io/local-config'] !== 'true'
}

function ordered(resources: readonly Resource[], { sortOptions }: Kustomization) {
  if (sortOptions?.order === 'fifo') return resources
  const { first, last } = sortOptions ?? {}
  return first === undefined && last === undefined
    ? sorted(resources)
    : sorted(resources, { first: first ?? [], last: last ?? [] })
}

const kustomizeVersion = 'kustomize-v5.8.1'

/** With what `buildMetadata` asks for. */
function described(
  { object, origin, transformations }: Resource,
  { buildMetadata }: Kustomization,
) {
  const asks = (what: string): boolean => buildMetadata.includes(what)
  const annotations = {
    ...object.metadata?.annotations,
    ...(asks('originAnnotations') &&
      origin !== undefined && { 'config.kubernetes.io/origin': formatYaml(origin) }),
    ...(asks('transformerAnnotations') &&
      transformations.length > 0 && {
        'alpha.config.kubernetes.io/transformations': formatYaml(transformations),
      }),
  }
  const labels = {
    ...object.metadata?.labels,
    ...(asks('managedByLabel') && { 'app.kubernetes.io/managed-by': kustomizeVersion }),
  }
  if (buildMetadata.length === 0) return object
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(Object.keys(labels).length > 0 && { labels }),
    },
  }
}

/** A kustomization among those that a build reads. */
class Target {
  readonly kustomization: Kustomization
  readonly #root: Root
  readonly #options: BuildOptions
  /** Folders from the first one to this. */
  readonly #trail: readonly string[]

  constructor(root: Root, options: BuildOptions, trail: readonly string[]) {
    this.#root = root
    this.#options = options
    this.#trail = trail
    const name = relative(root.folder, root.file)
    this.kustomization = decodeKustomization(this.#read(name).toString(), name)
    for (const warning of this.kustomization.warnings) options.io.stderr(`${warning}\n`)
  }

  /** Adds to what others have made: a component changes that, too. */
  accumulate(prior: readonly Resource[]): readonly Resource[] {
    const { resources, components, generators } = this.kustomization
    let all = [...prior]
    for (const path of resources) all = this.#withResource(all, path)
    for (const generator of generators) {
      const made = generated(generator, { read: (path) => this.#read(path) })
      const origin = this.#configuredBy(`${generator.kind}Generator`)
      all = absorbed(all, { ...made, origin })
    }
    for (const path of components) all = this.#withComponent(all, path)
    return transform(all, this.kustomization, {
      read: (path) => this.#read(path).toString(),
      configuredBy: (kind) => this.#configuredBy(kind),
    })
  }

  #read(path: string): Buffer {
    return readBelow(this.#root, path, this.#options)
  }

  #configuredBy(kind: string) {
    const configuredIn = this.#fromTop(this.#root.file)
    return { configuredIn, configuredBy: { apiVersion: 'builtin', kind } }
  }

  #fromTop(file: string): string {
    return relative(this.#trail[0] ?? '', file)
  }

  #withResource(all: readonly Resource[], path: string): Resource[] {
    if (isRemote(path)) throw remote(path)
    let fileError: string
    try {
      const documents = this.#objects(path)
      return appended(all, documents, `merging resources from '${path}'`)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      fileError = error.message
    }
    if (fileError.startsWith('MalformedYAMLError')) {
      throw new CommandError(
        `accumulating resources: accumulating resources from '${path}': ${fileError}`,
      )
    }
    try {
      const target = this.#below(path)
      const folder = target.#root.folder
      if (target.kustomization.isComponent) {
        throw new CommandError(`expected kind != 'Component' for path '${folder}'`)
      }
      const made = within(`recursed accumulation of path '${folder}'`, () => target.accumulate([]))
      return appended(all, made, `recursed merging from path '${folder}'`)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      const prefix = fileError.startsWith('merging ')
        ? ''
        : `accumulating resources from '${path}': `
      throw new CommandError(
        `accumulating resources: accumulation err='${prefix}${fileError}': ${error.message}`,
      )
    }
  }

  #below(path: string): Target {
    const full = isAbsolute(path) ? path : join(this.#root.folder, path)
    const root = rootAt(full, full)
    const visited = this.#trail.findLast(
      (folder) => folder === root.folder || isIn(folder, root.folder),
    )
    if (visited !== undefined) {
      throw new CommandError(
        `cycle detected: candidate root '${root.folder}' contains visited root '${visited}'`,
      )
    }
    return new Target(root, this.#options, [...this.#trail, root.folder])
  }

  #withComponent(all: readonly Resource[], path: string): Resource[] {
    if (isRemote(path)) throw remote(path)
    try {
      const target = this.#below(path)
      if (!target.kustomization.isComponent) {
        throw new CommandError(
          `accumulating components: accumulateDirectory: "expected kind 'Component' for path '${target.#root.folder}' but got 'Kustomization'"`,
        )
      }
      return [...target.accumulate(all)]
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      throw error.message.startsWith('accumulating components')
        ? error
        : new CommandError(`accumulating components: accumulateDirectory: "${error.message}"`)
    }
  }

  #objects(path: string): readonly Resource[] {
    const text = this.#read(path).toString()
    const origin = { path: this.#fromTop(join(this.#root.folder, path)) }
    return documentsIn(text, path)
      .flatMap(flattened)
      .map((object) => ({ ...newResource(checked(object)), origin }))
  }
}

/** What goes wrong there is said to be there. */
function within<T>(where: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`${where}: ${error.message}`)
  }
}

/** Whether `inner` lies in `outer`. */
function isIn(inner: string, outer: string): boolean {
  const path = relative(outer, inner)
  return path !== '' && !path.startsWith('..') && !isAbsolute(path)
}

function documentsIn(text: string, path: string): readonly unknown[] {
  try {
    return parseYaml12Documents(text)
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    throw new CommandError(`MalformedYAMLError: ${error.message} in File: ${path}`)
  }
}

function flattened(value: unknown): readonly unknown[] {
  if (!isMapping(value)) return [value]
  const { kind, items } = value
  const isList = typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)
  return isList ? items.flatMap(flattened) : [value]
}

function checked(value: unknown): KubeObject {
  if (!isMapping(value)) throw new CommandError('missing Resource metadata')
  const object: KubeObject = value
  if (typeof object.kind !== 'string' || object.kind === '') {
    throw new CommandError(`missing kind in object ${objectText(object)}`)
  }
  if ((object.metadata?.name ?? '') === '' && (object.metadata?.generateName ?? '') === '') {
    throw new CommandError(`missing metadata.name in object ${objectText(object)}`)
  }
  return object
}

function objectText({ apiVersion = '', kind = '', metadata = {} }: KubeObject): string {
  const { name = '', namespace = '' } = metadata
  return `{{${apiVersion} ${kind}} {{${name} ${namespace}} map[] map[]}}`
}

function appended(all: readonly Resource[], more: readonly Resource[], doing: string): Resource[] {
  const together = [...all]
  for (const resource of more) {
    const id = currentId(resource)
    if (together.some((one) => sameId(currentId(one), id))) {
      throw new CommandError(
        `${doing}: may not add resource with an already registered id: ${idText(id)}`,
      )
    }
    together.push(resource)
  }
  return together
}

/** A generated object beside, or in place of, one that is there. Upstream: resmap AbsorbAll. */
function absorbed(all: readonly Resource[], made: Resource): Resource[] {
  const id = currentId(made)
  const matches = all.filter((one) => allIds(one).some((other) => sameId(other, id)))
  const [old] = matches
  if (old === undefined) {
    if (made.behavior === 'create') return [...all, made]
    throw new CommandError(
      `merging from generator: id ${structText(made)} does not exist; cannot merge or replace`,
    )
  }
  if (made.behavior === 'create') {
    throw new CommandError(
      `merging from generator: id ${structText(made)} exists; can not use behavior: 'unspecified', behavior must be merge or replace`,
    )
  }
  return all.map((one) => (one === old ? overlaid(old, made) : one))
}

function structText(resource: Resource): string {
  const { group, version, kind, name, namespace } = currentId(resource)
  const cluster = false
  return `resid.ResId{Gvk:resid.Gvk{Group:${JSON.stringify(group)}, Version:${JSON.stringify(version)}, Kind:${JSON.stringify(kind)}, isClusterScoped:${cluster}}, Name:${JSON.stringify(name)}, Namespace:${JSON.stringify(namespace)}}`
}

function overlaid(old: Resource, made: Resource): Resource {
  const merged = <T extends object>(key: string): T | undefined => {
    const [before, after] = [old.object[key], made.object[key]]
    const values = {
      ...(made.behavior === 'merge' && isMapping(before) ? before : {}),
      ...(isMapping(after) ? after : {}),
    }
    return Object.keys(values).length === 0 ? undefined : (values as T)
  }
  const { metadata: was = {} } = old.object
  const { metadata: is = {} } = made.object
  const labels = { ...was.labels, ...is.labels }
  const annotations = { ...was.annotations, ...is.annotations }
  const { data: _data, binaryData: _binaryData, ...rest } = made.object
  const data = merged('data')
  const binaryData = merged('binaryData')
  const object: KubeObject = {
    ...rest,
    metadata: {
      ...is,
      name: was.name ?? '',
      ...(was.namespace !== undefined && { namespace: was.namespace }),
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    ...(data !== undefined && { data }),
    ...(binaryData !== undefined && { binaryData }),
  }
  const { origin } = old
  return {
    ...old,
    object,
    needsHash: made.needsHash,
    ...(origin !== undefined && { origin }),
  }
}

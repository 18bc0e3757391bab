/**
 * From the words of a command line to what the server has: plural, singular, short names, kinds, categories,
 * `resource.version.group`. Upstream: apimachinery pkg/api/meta/{restmapper,priority,multirestmapper}.go,
 * client-go restmapper/{discovery,shortcut,category_expansion}.go, cli-runtime pkg/resource/builder.go.
 */
import { CommandError } from '#kubectl/errors.ts'
import type { ApiGroup, ApiResource, Discovery, Served } from './discovery.ts'

/** Where a kind is served. */
export interface Mapping {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

interface Row extends Mapping {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
}

export class Mapper {
  readonly #discovery: Discovery
  #rows: { readonly served: Served; readonly rows: readonly Row[] } | undefined

  constructor(discovery: Discovery) {
    this.#discovery = discovery
  }

  /** What `pods`, `po`, `Pod`, `deployments.apps`, `deployments.v1.apps` … mean. */
  async mappingFor(word: string): Promise<Mapping> {
    const found = await this.#retried((rows, served) => byWord(rows, served, word))
    if (found !== undefined) return found
    throw new CommandError(
      `the server doesn't have a resource type ${JSON.stringify(splitResource(word).resource)}`,
    )
  }

  /** Every resource that `pods`, `pod` or `po` may mean, the preferred ones first; none: empty. */
  async mappingsFor(word: string): Promise<readonly Mapping[]> {
    const found = await this.#retried((rows) => {
      const all = withResource(rows, expandShortName(rows, { resource: word, group: '' }))
      return all.length === 0 ? undefined : all
    })
    return found ?? []
  }

  /** Of an object's `apiVersion` and `kind`. */
  async mappingOf(apiVersion: string, kind: string): Promise<Mapping> {
    const [group, version] = splitGroupVersion(apiVersion)
    const found = await this.#retried((rows) =>
      rows.find((row) => row.kind === kind && row.group === group && row.version === version),
    )
    if (found !== undefined) return found
    throw new NoKindMatchError(kind, apiVersion)
  }

  /** In any version, the group's preferred one if it has the kind. */
  async mappingOfKind(group: string, kind: string): Promise<Mapping | undefined> {
    return await this.#retried((rows, served) =>
      preferred(
        rows.filter((row) => row.kind === kind && row.group === group),
        served,
      ),
    )
  }

  /** The resources of a category (`all`) as words; undefined: there is no such category. */
  async category(name: string): Promise<readonly string[] | undefined> {
    const { rows, served } = await this.#load()
    const found: string[] = []
    for (const row of rows) {
      if (!row.categories.includes(name)) continue
      const word = row.group === '' ? row.resource : `${row.resource}.${row.group}`
      const known = rows.filter((one) => one.resource === row.resource && one.group === row.group)
      if (preferred(known, served) === row && !found.includes(word)) found.push(word)
    }
    return found.length === 0 ? undefined : found
  }

  /** Looks once more at the server when what is known from disk does not have it. */
  async #retried<T>(
    look: (rows: readonly Row[], served: Served) => T | undefined,
  ): Promise<T | undefined> {
    const { rows, served } = await this.#load()
    const found = look(rows, served)
    if (found !== undefined || this.#discovery.isFresh) return found
    this.#discovery.invalidate()
    const again = await this.#load()
    return look(again.rows, again.served)
  }

  async #load(): Promise<{ readonly served: Served; readonly rows: readonly Row[] }> {
    const served = await this.#discovery.served()
    if (this.#rows?.served !== served) this.#rows = { served, rows: rowsOf(served) }
    return this.#rows
  }
}

/** No kind of this name in this version. */
export class NoKindMatchError extends CommandError {
  readonly kind: string
  readonly apiVersion: string

  constructor(kind: string, apiVersion: string) {
    super(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`)
    this.kind = kind
    this.apiVersion = apiVersion
  }
}

export function apiVersionOf({ group, version }: Pick<Mapping, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

export function splitGroupVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)]
}

function rowsOf({ groups, lists }: Served): Row[] {
  return groups.flatMap((group) =>
    group.versions.flatMap(({ groupVersion, version }) =>
      (lists.get(groupVersion)?.resources ?? [])
        .filter(({ name, kind }) => !name.includes('/') && kind !== '')
        .map((resource) => rowOf(resource, group.name, version)),
    ),
  )
}

function rowOf(resource: ApiResource, group: string, version: string): Row {
  const { name, singularName = '', kind, namespaced } = resource
  return {
    group,
    version,
    resource: name,
    kind,
    namespaced,
    verbs: resource.verbs ?? [],
    singular: singularName === '' ? kind.toLowerCase() : singularName,
    shortNames: resource.shortNames ?? [],
    categories: resource.categories ?? [],
  }
}

interface Asked {
  readonly resource: string
  readonly version?: string
  readonly group: string
}

function splitResource(word: string): Asked {
  const [resource = '', ...group] = word.split('.')
  return { resource, group: group.join('.') }
}

/** `resource.version.group`, when there are enough parts. */
function splitFully(word: string): Asked | undefined {
  const [resource = '', version = '', ...group] = word.split('.')
  return group.length === 0 ? undefined : { resource, version, group: group.join('.') }
}

function byWord(rows: readonly Row[], served: Served, word: string): Row | undefined {
  const fully = splitFully(word)
  return (
    (fully && byResource(rows, served, fully)) ??
    byResource(rows, served, splitResource(word)) ??
    byKind(rows, served, word)
  )
}

function byResource(rows: readonly Row[], served: Served, asked: Asked): Row | undefined {
  return preferred(withResource(rows, expandShortName(rows, asked)), served)
}

function withResource(rows: readonly Row[], { resource, version, group }: Asked): readonly Row[] {
  const wanted = resource.toLowerCase()
  return rows.filter(
    (row) =>
      (row.resource === wanted || row.singular === wanted) &&
      (version === undefined ? row.group.startsWith(group) : row.group === group) &&
      (version === undefined || row.version === version),
  )
}

/** A short name stands for a resource in whatever version, though one was given. */
function expandShortName(rows: readonly Row[], asked: Asked): Asked {
  const row = rows.find(
    (one) => one.shortNames.includes(asked.resource) && one.group.startsWith(asked.group),
  )
  if (row === undefined) return asked
  return { resource: row.resource, group: row.group }
}

/** `Kind.version.group`, `Kind.group`, `Kind`. */
function byKind(rows: readonly Row[], served: Served, word: string): Row | undefined {
  const fully = splitFully(word)
  const exact = fully && rows.find((row) => row.kind === fully.resource && isIn(row, fully))
  if (exact !== undefined) return exact
  const { resource: kind, group } = splitResource(word)
  return preferred(
    rows.filter((row) => row.kind === kind && row.group === group),
    served,
  )
}

function isIn(row: Row, { version, group }: Asked): boolean {
  return row.group === group && row.version === version
}

/** The first group's, in its preferred version if that has it. */
function preferred(found: readonly Row[], { groups }: Served): Row | undefined {
  if (found.length <= 1) return found[0]
  const isPreferred = (row: Row, group: ApiGroup | undefined): boolean =>
    row.version === group?.preferredVersion.version
  const groupOf = (row: Row): ApiGroup | undefined => groups.find(({ name }) => name === row.group)
  return found.find((row) => isPreferred(row, groupOf(row))) ?? found[0]
}

/**
 * What the server serves, kept on disk for six hours in kubectl's own files, which both programs read.
 * Upstream: client-go discovery/cached/disk/cached_discovery.go, discovery/aggregated_discovery.go.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { goQuote } from '#api/meta/go-quote.ts'
import { ConnectionError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import type { RestClient } from '#kubectl/rest/rest-client.ts'

export interface ApiGroup {
  readonly name: string
  readonly versions: readonly GroupVersion[]
  readonly preferredVersion: GroupVersion
}

export interface GroupVersion {
  readonly groupVersion: string
  readonly version: string
}

/** An APIResource, as discovery writes it. */
export interface ApiResource {
  readonly name: string
  readonly singularName?: string
  readonly namespaced: boolean
  readonly group?: string
  readonly version?: string
  readonly kind: string
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

export interface ResourceList {
  readonly groupVersion: string
  readonly resources: readonly ApiResource[]
}

/** Everything at once: groups in the server's order, and what each of their versions has. */
export interface Served {
  readonly groups: readonly ApiGroup[]
  readonly lists: ReadonlyMap<string, ResourceList>
  /** Group versions that did not answer: an aggregated API that is down. */
  readonly failures: readonly { readonly groupVersion: string; readonly message: string }[]
}

const attempts = 5
const cacheMs = 6 * 60 * 60 * 1000

export class Discovery {
  readonly #rest: RestClient
  readonly #io: Io
  readonly #folder: string
  #served: Promise<Served> | undefined
  /** Whether what is known was asked of the server by this process. */
  isFresh = false

  constructor(rest: RestClient, io: Io, cacheFolder: string) {
    this.#rest = rest
    this.#io = io
    this.#folder = join(cacheFolder, 'discovery', hostFolder(rest.server))
  }

  async served(): Promise<Served> {
    return await (this.#served ??= this.#load())
  }

  /** The next look asks the server. */
  invalidate(): void {
    this.#served = undefined
    this.isFresh = true
  }

  async #load(): Promise<Served> {
    const cached = this.isFresh ? undefined : this.#read()
    if (cached !== undefined) return cached
    this.isFresh = true
    const { fetchServed } = await import('./fetch.ts')
    const served = await fetchServed(this.#rest).catch(async (error: unknown) => {
      if (error instanceof ConnectionError) await this.#complain(error)
      throw error
    })
    this.#write(served)
    return served
  }

  /** kubectl logs this once for each of its own attempts. */
  async #complain({ url, message }: ConnectionError): Promise<void> {
    const { klogLine } = await import('#kubectl/rest/request-log.ts')
    const text = goQuote(
      `couldn't get current server API group list: Get ${goQuote(url)}: ${message}`,
    )
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      klogLine(this.#io, 'E', `memcache.go:265] "Unhandled Error" err=${text}`)
    }
  }

  #read(): Served | undefined {
    const file = this.#readFile<{ groups?: readonly ApiGroup[] }>('servergroups.json')
    if (file?.groups === undefined) return undefined
    const lists = new Map<string, ResourceList>()
    for (const { versions } of file.groups) {
      for (const { groupVersion } of versions) {
        const list = this.#readFile<ResourceList>(join(groupVersion, 'serverresources.json'))
        if (list === undefined) return undefined
        lists.set(groupVersion, list)
      }
    }
    return { groups: file.groups, lists, failures: [] }
  }

  /** Undefined when it is missing, old or broken. */
  #readFile<T>(name: string): T | undefined {
    const path = join(this.#folder, name)
    try {
      if (statSync(path).mtimeMs + cacheMs < this.#io.clock.nowMs()) return undefined
      return JSON.parse(readFileSync(path, 'utf8')) as T
    } catch {
      return undefined
    }
  }

  /** A cache that cannot be written is done without. */
  #write({ groups, lists }: Served): void {
    try {
      this.#writeFile('servergroups.json', { kind: 'APIGroupList', apiVersion: 'v1', groups })
      for (const [groupVersion, list] of lists) {
        this.#writeFile(join(groupVersion, 'serverresources.json'), {
          kind: 'APIResourceList',
          apiVersion: 'v1',
          ...list,
        })
      }
    } catch {
      rmSync(join(this.#folder, 'servergroups.json'), { force: true })
    }
  }

  #writeFile(name: string, value: unknown): void {
    const path = join(this.#folder, name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
    const partial = `${path}.${this.#io.pid}`
    writeFileSync(partial, JSON.stringify(value), { mode: 0o660 })
    renameSync(partial, path)
  }
}

function hostFolder({ host }: URL): string {
  return host.replaceAll(/[^\w/.]/g, '_')
}

/**
 * OpenAPI documents of the servers behind this one: asked for when somebody wants them, and kept a while.
 * Upstream: staging/src/k8s.io/kube-aggregator/pkg/controllers/openapi{,v3}/aggregator, v1.36.
 */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import type { OpenApiV2, RemoteOpenApi } from '#apiserver/openapi/remote.ts'
import type { RemoteApi } from './remote-api.ts'

const limits = {
  /** Upstream asks as often. */
  keptMs: 60_000,
  /** Index, document and v2 of some dozens of group versions. */
  documentsMax: 256,
} as const

interface Kept {
  readonly text: string | undefined
  readonly untilMs: number
}

export class RemoteDocuments implements RemoteOpenApi {
  readonly #remotes: () => Iterable<RemoteApi>
  readonly #clock: Clock
  readonly #kept = new LRUCache<string, Kept>({ max: limits.documentsMax })
  readonly #v2 = new LRUCache<string, OpenApiV2>({ max: limits.documentsMax })

  constructor(remotes: () => Iterable<RemoteApi>, clock: Clock) {
    this.#remotes = remotes
    this.#clock = clock
  }

  async index(): Promise<ReadonlyMap<string, string>> {
    const hashes = new Map<string, string>()
    await Promise.all(
      [...this.#remotes()].map(async (remote) => {
        const text = await this.#get(remote, '/openapi/v3')
        const url = text === undefined ? undefined : urlIn(text, remote.path.slice(1))
        if (url !== undefined) hashes.set(remote.path, hashIn(url))
      }),
    )
    return hashes
  }

  async document(path: string): Promise<string | undefined> {
    const remote = [...this.#remotes()].find((one) => one.path === path)
    return remote && this.#get(remote, `/openapi/v3${path}`)
  }

  async v2(): Promise<readonly OpenApiV2[]> {
    const all = await Promise.all(
      [...this.#remotes()].map(async (remote) => {
        const text = await this.#get(remote, '/openapi/v2')
        return text === undefined ? undefined : this.#parsed(text, remote.path)
      }),
    )
    return all.filter((one) => one !== undefined)
  }

  async #get(remote: RemoteApi, path: string): Promise<string | undefined> {
    const key = `${remote.path} ${path}`
    const nowMs = this.#clock.nowMs()
    const known = this.#kept.get(key)
    // Of one that cannot be asked, what it said last still helps.
    if (known !== undefined && (known.untilMs > nowMs || !remote.isAvailable)) return known.text
    if (!remote.isAvailable) return undefined
    const text = await remote.document(path, 'application/json')
    this.#kept.set(key, { text, untilMs: nowMs + limits.keptMs })
    return text
  }

  /** Only what is below the group version's own path; the same text is the same document. */
  #parsed(text: string, path: string): OpenApiV2 | undefined {
    const known = this.#v2.get(text)
    if (known !== undefined) return known
    const document = objectIn(text)
    if (document === undefined) return undefined
    const { paths = {}, definitions = {} } = document as Partial<OpenApiV2>
    const own = Object.entries(paths).filter(([at]) => at === path || at.startsWith(`${path}/`))
    const parsed = { paths: Object.fromEntries(own), definitions }
    this.#v2.set(text, parsed)
    return parsed
  }
}

function urlIn(text: string, key: string): string | undefined {
  const { paths } = (objectIn(text) ?? {}) as {
    readonly paths?: Readonly<Record<string, { readonly serverRelativeURL?: string }>>
  }
  return paths?.[key]?.serverRelativeURL
}

/** The server's own hash of the document, or one of the address that it gives. */
function hashIn(url: string): string {
  const hash = /[?&]hash=([^&]+)/.exec(url)?.[1]
  return hash ?? createHash('sha512').update(url).digest('hex').toUpperCase()
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

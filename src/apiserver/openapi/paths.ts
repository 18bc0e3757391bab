/**
 * `/openapi/v2`, `/openapi/v3` and one document per group version below it. Each is made when first asked
 * for and kept until a resource comes or goes.
 * Upstream: k8s.io/kube-openapi/pkg/handler3/handler.go, as of v1.36.
 */
import { createHash } from 'node:crypto'
import { notAcceptable } from '#api/meta/status.ts'
import { gitVersion } from '#api/version.ts'
import type { Resource } from '#resources/resource.ts'
import type { Answer, RawAnswer } from '#apiserver/http/answer.ts'
import type { PathHandler } from '#apiserver/http/dispatch.ts'
import type { Incoming } from '#apiserver/http/incoming.ts'
import { parseAccept } from '#apiserver/http/media-type.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import { openApiV2, openApiV3 } from './document.ts'
import { groupVersionPath } from './operations.ts'

export function openApiPaths(table: ResourceTable): PathHandler {
  const documents = new Documents(table)
  return (request) => {
    const { path } = request.info
    if (path === '/openapi/v2') return document(request, documents.get('v2'))
    if (path === '/openapi/v3' || path === '/openapi/v3/') {
      return { type: 'value', status: 200, value: { paths: documents.index } }
    }
    if (!path.startsWith('/openapi/v3/')) return undefined
    const key = path.slice('/openapi/v3'.length)
    return documents.has(key) ? document(request, documents.get(key)) : undefined
  }
}

interface Document {
  readonly hash: string
  readonly body: Buffer
}

class Documents {
  readonly #table: ResourceTable
  #generation = -1
  #rows = new Map<string, readonly Resource[]>()
  #hashes = new Map<string, string>()
  readonly #made = new Map<string, Document>()

  constructor(table: ResourceTable) {
    this.#table = table
  }

  get index(): Record<string, { serverRelativeURL: string }> {
    this.#refresh()
    return Object.fromEntries(
      [...this.#hashes].map(([path, hash]) => [
        path.slice(1),
        { serverRelativeURL: `/openapi/v3${path}?hash=${hash}` },
      ]),
    )
  }

  has(path: string): boolean {
    this.#refresh()
    return this.#rows.has(path)
  }

  /** Of a group version's path, or `v2`. */
  get(key: string): Document {
    this.#refresh()
    let made = this.#made.get(key)
    if (made === undefined) {
      const rows = this.#rows.get(key)
      const document = rows === undefined ? openApiV2(this.#table.all()) : openApiV3(rows)
      const hash = this.#hashes.get(key) ?? hashOf(this.#table.all())
      made = { hash, body: Buffer.from(JSON.stringify(document)) }
      this.#made.set(key, made)
    }
    return made
  }

  #refresh(): void {
    if (this.#generation === this.#table.generation) return
    this.#generation = this.#table.generation
    this.#made.clear()
    this.#rows = Map.groupBy(this.#table.all(), groupVersionPath)
    this.#hashes = new Map([...this.#rows].map(([path, rows]) => [path, hashOf(rows)]))
  }
}

/** Documents follow from the program's version and the rows, so that no document need be made for it. */
function hashOf(rows: readonly Resource[]): string {
  const facts = rows.map(({ group, version, kind, plural, verbs, subresources }) => [
    group,
    version,
    kind,
    plural,
    verbs,
    subresources,
  ])
  const hash = createHash('sha512').update(`${gitVersion} ${JSON.stringify(facts)}`)
  return hash.digest('hex').toUpperCase()
}

/** Throws NotAcceptable: there is no protobuf form. */
function document(request: Incoming, { hash, body }: Document): Answer {
  const ranges = parseAccept(request.headers.accept ?? '*/*')
  const accepted = ranges.some(({ type }) => jsonTypes.has(type))
  if (!accepted) throw notAcceptable(['application/json'])
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    etag: `"${hash}"`,
    vary: 'Accept',
  }
  if (request.query.get('hash') === hash) headers['cache-control'] = 'public, immutable'
  if (request.headers['if-none-match'] === headers['etag']) return raw(304, headers, '')
  return raw(200, headers, body)
}

const jsonTypes: ReadonlySet<string> = new Set(['*/*', 'application/*', 'application/json'])

function raw(status: number, headers: RawAnswer['headers'], body: Buffer | string): RawAnswer {
  return { type: 'raw', status, headers, body }
}

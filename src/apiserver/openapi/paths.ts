/**
 * `/openapi/v2`, `/openapi/v3` and one document per group version below it. Each is made when first asked
 * for and kept until a resource comes or goes.
 * Upstream: k8s.io/kube-openapi/pkg/handler3/handler.go, as of v1.36.
 */
import { createHash } from 'node:crypto'
import { notAcceptable } from '#api/meta/status.ts'
import { gitVersion } from '#api/version.ts'
import type { Resource } from '#resources/resource.ts'
import { plainText } from '#apiserver/http/answer.ts'
import type { Answer, RawAnswer } from '#apiserver/http/answer.ts'
import type { PathHandler } from '#apiserver/http/dispatch.ts'
import type { Incoming } from '#apiserver/http/incoming.ts'
import { parseAccept } from '#apiserver/http/media-type.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import { openApiV2, openApiV3 } from './document.ts'
import { mergeOpenApiV2 } from './remote.ts'
import type { OpenApiV2, RemoteOpenApi } from './remote.ts'
import { encodeOpenApiV2 } from './v2-protobuf.ts'
import { groupVersionPath } from './operations.ts'

export function openApiPaths(table: ResourceTable, remote: RemoteOpenApi): PathHandler {
  const documents = new Documents(table)
  return (request) => {
    const { path } = request.info
    if (path === '/openapi/v2') return version2(request, documents, remote)
    if (path === '/openapi/v3' || path === '/openapi/v3/') return index(documents, remote)
    if (!path.startsWith('/openapi/v3/')) return undefined
    const key = path.slice('/openapi/v3'.length)
    if (documents.has(key)) {
      return document(request, documents.get(key), formOf(request, undefined))
    }
    return /^\/apis\/[^/]+\/[^/]+$/.test(key) ? remoteDocument(request, remote, key) : undefined
  }
}

async function version2(
  request: Incoming,
  documents: Documents,
  remote: RemoteOpenApi,
): Promise<Answer> {
  const form = formOf(request, v2Protobuf)
  const remotes = await remote.v2()
  return document(request, documents.version2(form, remotes), form)
}

async function index(documents: Documents, remote: RemoteOpenApi): Promise<Answer> {
  const remotes = [...(await remote.index())].map(([path, hash]) => urlOf(path, hash))
  const paths = { ...documents.index, ...Object.fromEntries(remotes) }
  return { type: 'value', status: 200, value: { paths } }
}

async function remoteDocument(
  request: Incoming,
  remote: RemoteOpenApi,
  path: string,
): Promise<Answer> {
  const text = await remote.document(path)
  if (text === undefined) return plainText(404, '404 page not found\n')
  const hash = (await remote.index()).get(path) ?? ''
  return document(request, { hash, body: Buffer.from(text) }, formOf(request, undefined))
}

function urlOf(path: string, hash: string): [string, { serverRelativeURL: string }] {
  return [path.slice(1), { serverRelativeURL: `/openapi/v3${path}?hash=${hash}` }]
}

interface Document {
  readonly hash: string
  readonly body: Buffer
}

class Documents {
  readonly #table: ResourceTable
  #generation = -1
  #remotes: readonly OpenApiV2[] = []
  #rows = new Map<string, readonly Resource[]>()
  #hashes = new Map<string, string>()
  readonly #made = new Map<string, Document>()

  constructor(table: ResourceTable) {
    this.#table = table
  }

  get index(): Record<string, { serverRelativeURL: string }> {
    this.#refresh()
    return Object.fromEntries([...this.#hashes].map(([path, hash]) => urlOf(path, hash)))
  }

  has(path: string): boolean {
    this.#refresh()
    return this.#rows.has(path)
  }

  /** With what others add; made anew when they say something else. */
  version2(form: Form, remotes: readonly OpenApiV2[]): Document {
    const isSame =
      this.#remotes.length === remotes.length &&
      this.#remotes.every((one, at) => one === remotes[at])
    if (!isSame) for (const key of ['v2', 'v2.pb']) this.#made.delete(key)
    this.#remotes = remotes
    return this.get(form === 'json' ? 'v2' : 'v2.pb')
  }

  /** Of a group version's path, `v2` or `v2.pb`. */
  get(key: string): Document {
    this.#refresh()
    let made = this.#made.get(key)
    if (made === undefined) {
      const body = this.#make(key)
      const hash = this.#hashes.get(key) ?? this.#hashOfVersion2()
      made = { hash, body }
      this.#made.set(key, made)
    }
    return made
  }

  #make(key: string): Buffer {
    const rows = this.#rows.get(key)
    if (rows !== undefined) return Buffer.from(JSON.stringify(openApiV3(rows)))
    const document = mergeOpenApiV2(openApiV2(this.#table.all()), this.#remotes)
    return key === 'v2.pb' ? encodeOpenApiV2(document) : Buffer.from(JSON.stringify(document))
  }

  #hashOfVersion2(): string {
    const own = hashOf(this.#table.all())
    if (this.#remotes.length === 0) return own
    const hash = createHash('sha512').update(own).update(JSON.stringify(this.#remotes))
    return hash.digest('hex').toUpperCase()
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
  const hash = createHash('sha512').update(gitVersion)
  for (const row of rows) hash.update(factsOf(row))
  return hash.digest('hex').toUpperCase()
}

const facts = new WeakMap<Resource, string>()

/** All that a row brings into a document, short. */
function factsOf(row: Resource): string {
  let known = facts.get(row)
  if (known === undefined) {
    const { group, version, kind, plural, verbs, subresources, custom } = row
    const definition = custom?.definition({ refPrefix: '', isV2: false })
    const names = [group, version, kind, plural, verbs, subresources]
    known = createHash('sha512')
      .update(JSON.stringify([names, definition]))
      .digest('base64')
    facts.set(row, known)
  }
  return known
}

type Form = 'json' | 'protobuf'

/** Throws NotAcceptable. */
function formOf(request: Incoming, protobuf: string | undefined): Form {
  for (const { type } of parseAccept(request.headers.accept ?? '*/*')) {
    if (jsonTypes.has(type)) return 'json'
    if (type === protobuf || (protobuf !== undefined && type === oldV2Protobuf)) return 'protobuf'
  }
  throw notAcceptable(['application/json', ...(protobuf === undefined ? [] : [protobuf])])
}

const v2Protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const oldV2Protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

function document(request: Incoming, { hash, body }: Document, form: Form): Answer {
  const headers: Record<string, string> = {
    'content-type': form === 'json' ? 'application/json' : v2Protobuf,
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

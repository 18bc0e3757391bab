/** From an answer to bytes, in the shape and encoding that the client asked for. */
import { must } from '#base/assert.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Status } from '#api/meta/v1.gen.ts'
import { formatYaml } from '#api/yaml.ts'
import type { Clock } from '#base/clock.ts'
import { listKindOf } from '#resources/resource.ts'
import type { Resource } from '#resources/resource.ts'
import type { CachedObject, ListPage } from '#apiserver/registry/registry.ts'
import type { Answer } from '#apiserver/http/answer.ts'
import { contentTypes } from '#apiserver/http/media-type.ts'
import type { Accepted } from '#apiserver/http/media-type.ts'
import { newline } from './bytes.ts'
import { jsonItems, ListItems, listHead, listMeta } from './list.ts'
import { PartialMetadata } from './metadata.ts'
import type { MetaVersion } from './metadata.ts'
import { checkPartial } from './no-such-shape.ts'
import type { Protobuf } from './protobuf.ts'
import { columnDefinitions, includeObject, table, tableRow } from './table.ts'
import { errorLine, WatchFrames } from './watch-frames.ts'
import type { FrameBatch } from './watch-frames.ts'

/** To be sent one after the other. */
export type Pieces = readonly Uint8Array[]

export type Encodable = Extract<Answer, { type: 'object' | 'list' | 'value' }>

export class Encoder {
  readonly #clock: Clock
  readonly #partial = new PartialMetadata()
  readonly #lists = new ListItems(jsonItems)
  readonly #frames = new WatchFrames(this.#partial)
  #loaded: Protobuf | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * To be waited for before anything is answered to who sent this Accept header: few servers are ever
   * asked for protobuf, so it is loaded for the first who does.
   */
  ready(accept: string | undefined): Promise<void> | undefined {
    if (accept === undefined || this.#loaded !== undefined) return undefined
    return accept.includes(contentTypes.protobuf) ? this.#load() : undefined
  }

  /** Throws NotAcceptable when the answer has no such shape. */
  encode(answer: Encodable, accepted: Accepted, query: URLSearchParams): Pieces {
    if (accepted.encoding === 'protobuf') return this.#protobuf.encode(answer, accepted.shape)
    const pieces = this.#json(answer, accepted, query)
    if (accepted.encoding === 'json' && !accepted.pretty) return pieces
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString())
    const isYaml = accepted.encoding === 'yaml'
    return [Buffer.from(isYaml ? formatYaml(value) : `${JSON.stringify(value, null, 2)}\n`)]
  }

  /** How the events of a watch are framed; throws as `encode`. */
  frames(row: Resource, accepted: Accepted, query: URLSearchParams): FrameBatch {
    const { shape } = accepted
    checkPartial(shape, undefined)
    if (accepted.encoding === 'protobuf') return this.#protobufFrames(row, accepted)
    switch (shape.as) {
      case 'object':
        return this.#frames.objects
      case 'PartialObjectMetadata':
      case 'PartialObjectMetadataList':
        return this.#frames.metadata(shape.version)
      case 'Table': {
        const options = { version: shape.version, include: includeObject(query) }
        return this.#frames.tables(row, options, () => this.#clock.nowMs())
      }
    }
  }

  /** The last frame of a watch that failed. */
  errorFrame(status: Status, { encoding }: Accepted): Uint8Array {
    return encoding === 'protobuf' ? this.#protobuf.errorFrame(status) : errorLine(status)
  }

  #protobufFrames(row: Resource, { shape }: Accepted): FrameBatch {
    const protobuf = this.#protobuf
    if (shape.as === 'object') {
      return this.#frames.shared('protobuf', (batch) => protobuf.objectFrames(row, batch))
    }
    const version = shape.version
    return this.#frames.shared(`protobuf/${shape.as}/${version}`, (batch) =>
      protobuf.metadataFrames(version, batch),
    )
  }

  get #protobuf(): Protobuf {
    return must(this.#loaded, 'the encoding was not waited for')
  }

  async #load(): Promise<void> {
    const { Protobuf } = await import('./protobuf.ts')
    this.#loaded ??= new Protobuf()
  }

  #json(answer: Encodable, accepted: Accepted, query: URLSearchParams): Pieces {
    const { shape } = accepted
    if (shape.as === 'object') return this.#plain(answer)
    if (answer.type === 'value' && answer.resource === undefined) return this.#plain(answer)
    if (shape.as === 'Table') return this.#table(answer, shape.version, query)
    if (answer.type === 'value') return this.#plain(answer)
    checkPartial(shape, answer.type === 'list' ? answer.page : undefined)
    if (answer.type === 'list') return this.#metadataList(answer, shape.version)
    return [Buffer.from(`${this.#partial.of(answer.cached, shape.version)}\n`)]
  }

  #plain(answer: Encodable): Pieces {
    switch (answer.type) {
      case 'object':
        return [answer.cached.bytes, newline]
      case 'value':
        return [Buffer.from(`${JSON.stringify(answer.value)}\n`)]
      case 'list': {
        const { page, resource } = answer
        const head = listHead(listKindOf(resource), apiVersionOf(resource), page)
        return [Buffer.from(head), ...this.#lists.get(page.items, resource)]
      }
    }
  }

  #metadataList({ page }: { readonly page: ListPage }, version: MetaVersion): Pieces {
    const head = listHead('PartialObjectMetadataList', `meta.k8s.io/${version}`, page)
    const items = page.items.map((item) => this.#partial.of(item, version))
    return [Buffer.from(`${head}[${items.join(',')}]}\n`)]
  }

  #table(answer: Encodable, version: MetaVersion, query: URLSearchParams): Pieces {
    const row = answer.resource as Resource
    const options = {
      version,
      include: includeObject(query),
      nowMs: this.#clock.nowMs(),
      partial: this.#partial,
    }
    const { meta, objects } = contents(answer)
    const rows = objects.map((cached) => tableRow(row, cached, options))
    return [Buffer.from(`${table(version, { meta, columns: columnDefinitions(row), rows })}\n`)]
  }
}

/** What a Table of the answer has rows of. */
function contents(answer: Encodable): { meta: string; objects: readonly CachedObject[] } {
  switch (answer.type) {
    case 'list':
      return { meta: listMeta(answer.page), objects: answer.page.items }
    case 'object': {
      const { cached } = answer
      const meta = JSON.stringify({ resourceVersion: cached.resourceVersion || undefined })
      return { meta, objects: [cached] }
    }
    case 'value': {
      const value = answer.value as ApiObject & { readonly items?: readonly ApiObject[] }
      return { meta: '{}', objects: (value.items ?? [value]).map(madeObject) }
    }
  }
}

/** An object that is not stored, for those who take only stored ones. */
function madeObject(object: ApiObject): CachedObject {
  return {
    key: object.metadata.name,
    revision: 0n as CachedObject['revision'],
    resourceVersion: '',
    object,
    bytes: Buffer.from(JSON.stringify(object)),
  }
}

/**
 * Answers as `application/vnd.kubernetes.protobuf`. The message of an object is made once, when somebody
 * first asks for it, and kept with the object; lists and frames are put together from these messages.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf/protobuf.go, v1.36.
 */
import { must } from '#base/assert.ts'
import type { Status } from '#api/meta/v1.gen.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { listKindOf } from '#resources/resource.ts'
import type { Resource } from '#resources/resource.ts'
import { BackwardWriter } from '#apiserver/protobuf/backward-writer.ts'
import { messageEncoder } from '#apiserver/protobuf/encode.ts'
import type { EncodeMessage } from '#apiserver/protobuf/encode.ts'
import { envelopeHead, envelopeTail, seal } from '#apiserver/protobuf/envelope.ts'
import type { TypeMeta } from '#apiserver/protobuf/envelope.ts'
import { customObject } from '#apiserver/protobuf/not-marshalable.ts'
import { varint } from '#apiserver/protobuf/writer.ts'
import type { CachedObject, CacheEvent, ListPage } from '#apiserver/registry/registry.ts'
import { bytesIn } from '#apiserver/http/exchange.ts'
import type { Shape } from '#apiserver/http/media-type.ts'
import type { Encodable, Pieces } from './encoder.ts'
import { ListItems } from './list.ts'
import type { MetaVersion } from './metadata.ts'
import { checkPartial, noProtobuf } from './no-such-shape.ts'

type Json = Readonly<Record<string, unknown>>

/** The messages of one kind, each made at its first need. */
interface Messages {
  readonly type: TypeMeta
  readonly of: (cached: CachedObject) => Uint8Array
}

export class Protobuf {
  readonly #out = new BackwardWriter()
  readonly #metadata = new WeakMap<CachedObject, Uint8Array>()
  readonly #lists = new ListItems((items, row) => itemPieces(items, this.#objects(row)))

  /** Throws NotAcceptable when the answer has no such shape. */
  encode(answer: Encodable, shape: Shape): Pieces {
    if (answer.type === 'value') return [this.#write(sealedValue(answer.value as Json))]
    const page = answer.type === 'list' ? answer.page : undefined
    if (shape.as === 'object') {
      if (answer.type === 'object') return inEnvelope(answer.cached, this.#objects(answer.resource))
      const { resource } = answer
      const type = { apiVersion: apiVersionOf(resource), kind: listKindOf(resource) }
      return this.#list(type, answer.page, this.#lists.get(answer.page.items, resource))
    }
    checkPartial(shape, page)
    const messages = this.#partials(shape.version)
    if (answer.type === 'object') return inEnvelope(answer.cached, messages)
    const type = { ...messages.type, kind: 'PartialObjectMetadataList' }
    return this.#list(type, answer.page, itemPieces(answer.page.items, messages))
  }

  /** The frames of events in a watch of whole objects. */
  objectFrames(row: Resource, batch: readonly CacheEvent[]): Buffer {
    return this.#frames(batch, this.#objects(row))
  }

  metadataFrames(version: MetaVersion, batch: readonly CacheEvent[]): Buffer {
    return this.#frames(batch, this.#partials(version))
  }

  /** The last frame of a watch that failed. */
  errorFrame(status: Status): Buffer {
    const write = sealedValue(status as unknown as Json)
    return this.#write((out) => frame(out, 'ERROR', () => write(out)))
  }

  #objects(row: Resource): Messages {
    const type = typeSchema(row.schemaType)
    if (type === undefined) throw noProtobuf(customObject)
    const encode = messageEncoder(type)
    return {
      type: { apiVersion: apiVersionOf(row), kind: row.kind },
      of: (cached) =>
        (cached.protobuf ??= this.#write((out) => encode(out, cached.object as unknown as Json))),
    }
  }

  /** A PartialObjectMetadata is a message with nothing but the metadata. */
  #partials(version: MetaVersion): Messages {
    const encode = encoderOf('meta/v1.ObjectMeta')
    return {
      type: { apiVersion: `meta.k8s.io/${version}`, kind: 'PartialObjectMetadata' },
      of: (cached) => {
        let message = this.#metadata.get(cached)
        if (message === undefined) {
          const metadata = cached.object.metadata as unknown as Json
          message = this.#write((out) => asFieldOne(out, () => encode(out, metadata)))
          this.#metadata.set(cached, message)
        }
        return message
      },
    }
  }

  /** A list in its envelope: the items are not copied. */
  #list(type: TypeMeta, page: ListPage, items: Pieces): Pieces {
    const { resourceVersion, continue: next, remainingItemCount } = page
    const meta = { resourceVersion, continue: next, remainingItemCount }
    const encode = encoderOf('meta/v1.ListMeta')
    const head = this.#write((out) => {
      asFieldOne(out, () => encode(out, meta))
      out.varint(out.length + bytesIn(items))
      out.raw(envelopeHead(type))
    })
    return [head, ...items, envelopeTail]
  }

  #frames(batch: readonly CacheEvent[], { type, of }: Messages): Buffer {
    const messages = batch.map(({ cached }) => of(cached))
    const head = envelopeHead(type)
    return this.#write((out) => {
      for (let index = batch.length - 1; index >= 0; index--) {
        const event = must(batch[index], 'an event of the batch')
        const message = must(messages[index], 'its message')
        frame(out, event.type, () => seal(out, head, () => out.raw(message)))
      }
    })
  }

  /** What an earlier failure left behind is not written. */
  #write(write: (out: BackwardWriter) => void): Buffer {
    this.#out.reset()
    write(this.#out)
    return this.#out.finish()
  }
}

/** The message is not copied. */
function inEnvelope(cached: CachedObject, { type, of }: Messages): Pieces {
  const message = of(cached)
  return [Buffer.concat([envelopeHead(type), varint(message.length)]), message, envelopeTail]
}

function encoderOf(name: string): EncodeMessage {
  return messageEncoder(must(typeSchema(name), `${name} is unknown`))
}

/** Writes an object that was made for this answer, in its envelope. Throws NotAcceptable. */
function sealedValue(value: Json): (out: BackwardWriter) => void {
  const { apiVersion = '', kind = '' } = value as Partial<TypeMeta>
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const name = schemaTypeOf(group, version === '' ? 'v1' : version, kind)
  if (name === undefined) throw noProtobuf(`v1.${kind}`)
  const encode = encoderOf(name)
  return (out) => seal(out, envelopeHead({ apiVersion, kind }), () => encode(out, value))
}

const fieldOne = 0x0a
const fieldTwo = 0x12
const fieldTwoTag = Uint8Array.of(fieldTwo)

function asFieldOne(out: BackwardWriter, write: () => void): void {
  const before = out.length
  write()
  out.varint(out.length - before)
  out.byte(fieldOne)
}

/** A WatchEvent, whose object is a raw extension that holds an envelope, and its length before it. */
function frame(out: BackwardWriter, type: string, writeObject: () => void): void {
  const before = out.length
  asFieldOne(out, writeObject)
  out.varint(out.length - before)
  out.byte(fieldTwo)
  out.text(type)
  out.byte(fieldOne)
  out.uint32(out.length - before)
}

/** The items of a list, each in a field 2. */
function itemPieces(items: readonly CachedObject[], { of }: Messages): Pieces {
  return items.flatMap((item) => {
    const message = of(item)
    return [Buffer.concat([fieldTwoTag, varint(message.length)]), message]
  })
}

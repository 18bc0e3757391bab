/** The body of a request from this process: it was never encoded. */
import { cannotBeHandled, DecodeError, decodeValue, strictDecodingMessage } from '#api/decode.ts'
import type { Decoded } from '#api/decode.ts'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import { badRequest, unsupportedMediaType } from '#api/meta/status.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { typeSchema } from '#api/schema.ts'
import type { FieldValidation } from '#apiserver/registry/registry.ts'
import { patchKinds } from '#apiserver/http/body.ts'
import type { ExpectedKind, PatchBody, RequestBody } from '#apiserver/http/incoming.ts'

export interface MemoryBodyOptions {
  readonly body: unknown
  readonly contentType: string
  warn(text: string): void
}

export class MemoryBody implements RequestBody {
  readonly #options: MemoryBodyOptions

  constructor(options: MemoryBodyOptions) {
    this.#options = options
  }

  get raw(): AsyncIterable<Uint8Array> {
    return bytesOf(this.#options.body)
  }

  async object(expected: ExpectedKind, validation: FieldValidation): Promise<ApiObject> {
    const copy = wireCopy(this.#options.body ?? {})
    if (typeof copy !== 'object' || copy === null) throw badRequest('the body must be an object')
    const given = copy as Partial<ApiObject>
    const apiVersion = apiVersionOf(expected)
    if ((given.kind ?? expected.kind) !== expected.kind) {
      throw badRequest(`the body is a ${given.kind}, not a ${expected.kind}`)
    }
    if ((given.apiVersion ?? apiVersion) !== apiVersion) {
      throw badRequest(
        `the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`,
      )
    }
    const object = this.#decode(expected, copy, validation)
    object.kind = expected.kind
    object.apiVersion = apiVersion
    object.metadata ??= {} as ApiObject['metadata']
    return object
  }

  async patch(): Promise<PatchBody> {
    const kind = patchKinds[this.#options.contentType]
    if (kind === undefined) throw unsupportedMediaType(Object.keys(patchKinds))
    return { kind, patch: wireCopy(this.#options.body) }
  }

  async deleteOptions(): Promise<Partial<DeleteOptions> | undefined> {
    const { body } = this.#options
    return body === undefined ? undefined : (wireCopy(body) as Partial<DeleteOptions>)
  }

  #decode(expected: ExpectedKind, copy: unknown, validation: FieldValidation): ApiObject {
    try {
      const { object, problems } = decoded(expected, copy)
      if (problems.length > 0 && validation === 'Strict') {
        throw badRequest(cannotBeHandled(expected, expected.kind, strictDecodingMessage(problems)))
      }
      if (validation === 'Warn') for (const problem of problems) this.#options.warn(problem)
      return object
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw badRequest(cannotBeHandled(expected, expected.kind, error.message))
    }
  }
}

function decoded({ custom, schemaType }: ExpectedKind, copy: unknown): Decoded<ApiObject> {
  if (custom !== undefined) {
    const object = copy as ApiObject
    return { object, problems: custom.decode(object) }
  }
  const type = schemaType === '' ? undefined : typeSchema(schemaType)
  if (type === undefined) return { object: copy as ApiObject, problems: [] }
  return decodeValue<ApiObject>(type, copy)
}

/** What would arrive if it were sent as JSON: a copy without what is undefined. */
export function wireCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => wireCopy(item) ?? null)
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[key] = wireCopy(item)
  }
  return copy
}

async function* bytesOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (body !== undefined) yield Buffer.from(JSON.stringify(body))
}

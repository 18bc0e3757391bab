/**
 * The body of an HTTP request, read and decoded when a verb asks for it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/{create,patch,rest,delete}.go, v1.36.
 */
import { DecodeError, duplicateProblems, parseJson } from '#api/decode.ts'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import { badRequest, genericServerResponse, unsupportedMediaType } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { duplicateYamlKeys, parseYaml, YamlError } from '#api/yaml.ts'
import type { FieldValidation, PatchKind } from '#apiserver/registry/registry.ts'
import { decodeObject } from './decode-object.ts'
import type { Exchange } from './exchange.ts'
import type { ExpectedKind, PatchBody, RequestBody } from './incoming.ts'
import { acceptedTypes, contentTypes } from './media-type.ts'
import { readBody } from './read-body.ts'

export const patchKinds: Readonly<Record<string, PatchKind>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

const deleteOptionsKind: ExpectedKind = {
  group: '',
  version: 'v1',
  kind: 'DeleteOptions',
  schemaType: 'meta/v1.DeleteOptions',
}

export class HttpBody implements RequestBody {
  readonly #exchange: Exchange
  readonly #warn: (text: string) => void

  constructor(exchange: Exchange, warn: (text: string) => void) {
    this.#exchange = exchange
    this.#warn = warn
  }

  get raw(): AsyncIterable<Uint8Array> {
    return this.#exchange.body
  }

  async object(expected: ExpectedKind, validation: FieldValidation): Promise<ApiObject> {
    const format = this.#format(expected)
    const bytes = await readBody(this.#exchange)
    const { object, problems } = decodeObject(expected, { bytes, format, validation })
    for (const problem of problems) this.#warn(problem)
    return object
  }

  async patch(): Promise<PatchBody> {
    const kind = patchKinds[this.#contentType()]
    if (kind === undefined) {
      throw genericServerResponse({ code: 415, serverMessage: '415: Unsupported Media Type' })
    }
    const text = (await readBody(this.#exchange)).toString()
    const patch = parsePatch(kind, text)
    const duplicates = (): readonly string[] =>
      kind === 'apply' ? duplicateYamlKeys(text) : duplicateProblems(text, patch)
    return { kind, patch, duplicates }
  }

  async deleteOptions(): Promise<Partial<DeleteOptions> | undefined> {
    const bytes = await readBody(this.#exchange)
    if (bytes.length === 0) return undefined
    const body = { bytes, format: this.#format(deleteOptionsKind), validation: 'Ignore' } as const
    const {
      kind: _,
      apiVersion: __,
      metadata: ___,
      ...options
    } = decodeObject(deleteOptionsKind, body).object
    return options
  }

  #contentType(): string {
    const header = this.#exchange.headers['content-type'] ?? ''
    return (header.split(';', 1)[0] ?? '').trim().toLowerCase()
  }

  /** Custom kinds have no protobuf form. */
  #format({ custom }: ExpectedKind): 'json' | 'yaml' | 'protobuf' {
    const type = this.#contentType()
    if (type === '' || type === contentTypes.json) return 'json'
    if (type === contentTypes.yaml) return 'yaml'
    if (custom !== undefined) {
      throw unsupportedMediaType([contentTypes.json, contentTypes.yaml])
    }
    if (type === contentTypes.protobuf) return 'protobuf'
    throw unsupportedMediaType(acceptedTypes)
  }
}

function parsePatch(kind: PatchKind, text: string): unknown {
  try {
    return kind === 'apply' ? parseYaml(text) : parseJson(text)
  } catch (error) {
    if (error instanceof YamlError) throw badRequest(`error decoding YAML: ${error.message}`)
    if (error instanceof DecodeError) throw badRequest(error.message)
    throw error
  }
}

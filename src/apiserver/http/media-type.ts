/**
 * What an Accept header asks for, and what can be served.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/negotiation/negotiate.go, v1.36.
 */
import { notAcceptable } from '#api/meta/status.ts'
import { limits } from './limits.ts'

export type Encoding = 'json' | 'yaml' | 'protobuf'

/** The shape of the answer; `object` is the kind itself. */
export type Shape =
  | { readonly as: 'object' }
  | { readonly as: 'Table'; readonly version: 'v1' | 'v1beta1' }
  | { readonly as: 'PartialObjectMetadata'; readonly version: 'v1' | 'v1beta1' }
  | { readonly as: 'PartialObjectMetadataList'; readonly version: 'v1' | 'v1beta1' }

export interface Accepted {
  readonly encoding: Encoding
  readonly shape: Shape
  readonly contentType: string
  readonly pretty: boolean
}

export interface MediaRange {
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly quality: number
}

const served: Readonly<Record<string, Encoding>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
}

export const acceptedTypes = Object.keys(served)

/** YAML has no form for a stream of events. */
export const acceptedStreamTypes = acceptedTypes
  .filter((type) => served[type] !== 'yaml')
  .map((type) => `${type};stream=watch`)

export const contentTypes = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
} as const satisfies Readonly<Record<Encoding, string>>

const json: Accepted = {
  encoding: 'json',
  shape: { as: 'object' },
  contentType: contentTypes.json,
  pretty: false,
}

/** Custom kinds have no protobuf form; that of their metadata exists. */
export type KindForms = 'everything' | 'protobufOfMetadata'

export type Negotiate = (accept: string | undefined) => Accepted

/** Chooses the best that can be served, throws NotAcceptable when nothing can; remembers headers. */
export function negotiator(forms: KindForms): Negotiate {
  const known = new Map<string, Accepted>()
  return (accept) => {
    if (accept === undefined || accept === contentTypes.json || accept === '') return json
    const before = known.get(accept)
    if (before !== undefined) return before
    const found = bestOf(parseAccept(accept), forms)
    if (found === undefined) throw notAcceptable(acceptedTypes)
    if (known.size >= limits.acceptHeadersMax) known.clear()
    known.set(accept, found)
    return found
  }
}

/** For answers that have one shape only: who wants a Table is passed over. Throws NotAcceptable. */
export function negotiateEncoding(accept: string | undefined): Encoding {
  for (const { type, parameters } of parseAccept(accept ?? '*/*')) {
    const encoding = encodingOf(type)
    if (encoding !== undefined && !isTransformed(parameters)) return encoding
  }
  throw notAcceptable(acceptedTypes)
}

function bestOf(ranges: readonly MediaRange[], forms: KindForms): Accepted | undefined {
  for (const { type, parameters } of ranges) {
    const encoding = encodingOf(type)
    const shape = shapeOf(parameters)
    if (encoding === undefined || shape === undefined) continue
    if (!isServed(encoding, shape, forms) || !streams(encoding, parameters)) continue
    return {
      encoding,
      shape,
      contentType: contentTypes[encoding],
      pretty: parameters['pretty'] === '1' || parameters['pretty'] === 'true',
    }
  }
  return undefined
}

/** Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/rest.go, AllowsMediaTypeTransform. */
function isServed(encoding: Encoding, { as }: Shape, forms: KindForms): boolean {
  if (encoding !== 'protobuf' || as.startsWith('PartialObjectMetadata')) return true
  return as === 'object' && forms === 'everything'
}

function streams(encoding: Encoding, { stream }: MediaRange['parameters']): boolean {
  return stream === undefined || stream === '' || (stream === 'watch' && encoding !== 'yaml')
}

function encodingOf(type: string): Encoding | undefined {
  if (type === '*/*' || type === 'application/*') return 'json'
  return Object.hasOwn(served, type) ? served[type] : undefined
}

/** Whether the range asks for another kind than the endpoint's own. */
function isTransformed({ as, g, v }: MediaRange['parameters']): boolean {
  return as !== undefined || g !== undefined || v !== undefined
}

function shapeOf(parameters: MediaRange['parameters']): Shape | undefined {
  if (!isTransformed(parameters)) return { as: 'object' }
  const { as, g, v } = parameters
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined
  if (as === 'Table') return { as, version: v }
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
    return { as, version: v }
  }
  return undefined
}

/** Ranges by falling quality, then as they came; those with q=0 are left out. */
export function parseAccept(header: string): MediaRange[] {
  return header
    .split(',')
    .map(parseRange)
    .filter((range) => range.type !== '' && range.quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
}

function parseRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim())
  const parameters: Record<string, string> = {}
  for (const part of rest) {
    const at = part.indexOf('=')
    if (at > 0)
      parameters[part.slice(0, at).toLowerCase()] = part.slice(at + 1).replace(/^"|"$/g, '')
  }
  const quality = Number(parameters['q'] ?? '1')
  return {
    type: type.toLowerCase(),
    parameters,
    quality: Number.isFinite(quality) ? Math.min(Math.max(quality, 0), 1) : 0,
  }
}

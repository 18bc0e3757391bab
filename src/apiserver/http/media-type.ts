/**
 * What an Accept header asks for, and what can be served.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/negotiation/negotiate.go, v1.36.
 */
import { notAcceptable } from '#api/meta/status.ts'
import { limits } from './limits.ts'

export type Encoding = 'json' | 'yaml'

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
}

export const acceptedTypes = Object.keys(served)

const json: Accepted = {
  encoding: 'json',
  shape: { as: 'object' },
  contentType: 'application/json',
  pretty: false,
}

export type Negotiate = (accept: string | undefined) => Accepted

/** Chooses the best that can be served, throws NotAcceptable when nothing can; remembers headers. */
export function negotiator(): Negotiate {
  const known = new Map<string, Accepted>()
  return (accept) => {
    if (accept === undefined || accept === 'application/json' || accept === '') return json
    const before = known.get(accept)
    if (before !== undefined) return before
    const found = bestOf(parseAccept(accept))
    if (found === undefined) throw notAcceptable(acceptedTypes)
    if (known.size >= limits.acceptHeadersMax) known.clear()
    known.set(accept, found)
    return found
  }
}

/** For endpoints that have one shape only: the wish for a Table is passed over. */
export function negotiateEncoding(accept: string | undefined): Encoding {
  for (const range of parseAccept(accept ?? '*/*')) {
    const encoding = encodingOf(range.type)
    if (encoding !== undefined) return encoding
  }
  throw notAcceptable(acceptedTypes)
}

function bestOf(ranges: readonly MediaRange[]): Accepted | undefined {
  for (const range of ranges) {
    const encoding = encodingOf(range.type)
    const shape = shapeOf(range.parameters)
    if (encoding === undefined || shape === undefined) continue
    return {
      encoding,
      shape,
      contentType: contentTypeOf(encoding, shape),
      pretty: range.parameters['pretty'] === '1' || range.parameters['pretty'] === 'true',
    }
  }
  return undefined
}

function encodingOf(type: string): Encoding | undefined {
  if (type === '*/*' || type === 'application/*') return 'json'
  return served[type]
}

function shapeOf(parameters: MediaRange['parameters']): Shape | undefined {
  const { as, g, v } = parameters
  if (as === undefined) return { as: 'object' }
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined
  if (as === 'Table') return { as, version: v }
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
    return { as, version: v }
  }
  return undefined
}

function contentTypeOf(encoding: Encoding, shape: Shape): string {
  const type = `application/${encoding}`
  return shape.as === 'object' ? type : `${type};as=${shape.as};g=meta.k8s.io;v=${shape.version}`
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

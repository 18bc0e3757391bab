/**
 * Lists are their items' bytes, one after the other. They are never put together: the connection takes
 * from them what fits into its next frame, so a list of ten thousand costs no memory of its own.
 */
import { apiVersionOf } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import type { CachedObject, ListPage } from '#apiserver/registry/registry.ts'

/** `{"kind":"PodList","apiVersion":"v1","metadata":{…},"items":` */
export function listHead(kind: string, apiVersion: string, page: ListPage): string {
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},"metadata":${listMeta(page)},"items":`
}

export function listMeta(page: ListPage): string {
  return JSON.stringify({
    resourceVersion: page.resourceVersion,
    continue: page.continue,
    remainingItemCount: page.remainingItemCount,
  })
}

export type ItemPieces = (items: readonly CachedObject[], row: Resource) => readonly Uint8Array[]

/** The pieces of items, kept for the next asker as long as the registry answers with the same array. */
export class ListItems {
  readonly #known = new WeakMap<readonly CachedObject[], readonly Uint8Array[]>()
  readonly #make: ItemPieces

  constructor(make: ItemPieces) {
    this.#make = make
  }

  get(items: readonly CachedObject[], row: Resource): readonly Uint8Array[] {
    let pieces = this.#known.get(items)
    if (pieces === undefined) {
      pieces = this.#make(items, row)
      if (items.length > 1) this.#known.set(items, pieces)
    }
    return pieces
  }
}

const opening = Buffer.from('[')
const separator = Buffer.from(',')
const brace = Buffer.from('{')
const separatorAndBrace = Buffer.from(',{')
const closing = Buffer.from(']}\n')

/** `[…]}` and a newline. Items of built-in kinds carry neither kind nor apiVersion, as upstream's. */
export function jsonItems(items: readonly CachedObject[], row: Resource): readonly Uint8Array[] {
  const skip = row.schemaType === '' ? 0 : itemPrefixLength(row)
  const pieces: Uint8Array[] = [opening]
  for (const [index, { bytes }] of items.entries()) {
    if (skip > 0) pieces.push(index > 0 ? separatorAndBrace : brace)
    else if (index > 0) pieces.push(separator)
    pieces.push(skip > 0 ? bytes.subarray(skip) : bytes)
  }
  pieces.push(closing)
  return pieces
}

/** Of `{"kind":"Pod","apiVersion":"v1",`, which begins each object of the kind. */
function itemPrefixLength(row: Resource): number {
  const { kind } = row
  return Buffer.byteLength(`{"kind":"${kind}","apiVersion":"${apiVersionOf(row)}",`)
}

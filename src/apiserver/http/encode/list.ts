/**
 * Lists are their items' bytes, joined. The joined form is kept for the next asker as long as the registry
 * answers with the same array, within a bound on all such forms together.
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

/** `[…]}` and a newline. Items of built-in kinds carry neither kind nor apiVersion, as upstream's. */
export function joinItems(items: readonly CachedObject[], row: Resource): Buffer {
  const skip = row.schemaType === '' ? 0 : itemPrefixLength(row)
  let length = 4 + Math.max(items.length - 1, 0)
  for (const item of items) length += item.bytes.length - (skip === 0 ? 0 : skip - 1)
  const joined = Buffer.allocUnsafeSlow(length)
  let at = joined.write('[')
  for (const [index, item] of items.entries()) {
    if (index > 0) joined[at++] = 0x2c
    if (skip > 0) joined[at++] = 0x7b
    joined.set(skip === 0 ? item.bytes : item.bytes.subarray(skip), at)
    at += item.bytes.length - skip
  }
  joined.write(']}\n', at)
  return joined
}

/** Of `{"kind":"Pod","apiVersion":"v1",`, which begins each object of the kind. */
function itemPrefixLength(row: Resource): number {
  const { kind } = row
  return Buffer.byteLength(`{"kind":"${kind}","apiVersion":"${apiVersionOf(row)}",`)
}

/** Joined lists by the identity of their array; the oldest go first when the bound is met. */
export class JoinedLists {
  readonly #bytesMax: number
  readonly #entries = new Map<readonly CachedObject[], Buffer>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get(items: readonly CachedObject[], row: Resource): Buffer {
    const before = this.#entries.get(items)
    if (before !== undefined) {
      this.#entries.delete(items)
      this.#entries.set(items, before)
      return before
    }
    const bytes = joinItems(items, row)
    if (items.length > 1) this.#keep(items, bytes)
    return bytes
  }

  #keep(items: readonly CachedObject[], bytes: Buffer): void {
    if (bytes.length > this.#bytesMax) return
    this.#entries.set(items, bytes)
    this.#bytes += bytes.length
    for (const [oldest, dropped] of this.#entries) {
      if (this.#bytes <= this.#bytesMax) break
      this.#entries.delete(oldest)
      this.#bytes -= dropped.length
    }
  }
}

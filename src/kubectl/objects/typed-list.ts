/** Lists as upstream holds them as Go's types: items carry no type of their own. */
import type { Listing } from './fetch.ts'
import type { KubeObject } from './info.ts'
import { typed } from './typed.ts'

/** Of a kind that is built in. */
export function typedList(list: Listing): KubeObject {
  const { kind = '', apiVersion = '', metadata = {} } = list
  const items = list.items.map((item) => {
    const {
      kind: _kind,
      apiVersion: _apiVersion,
      ...fields
    } = typed({
      ...item,
      kind: kind.replace(/List$/, ''),
      apiVersion,
    })
    return fields
  })
  // Upstream reads protobuf, in which there is no empty list.
  return { kind, apiVersion, metadata, items: items.length === 0 ? null : items }
}

/** Reads the objects that a description tells of, each in the version that it knows. */
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { getObject, listObjects } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
import type { RestClient } from '#kubectl/rest/rest-client.ts'

/** Where the objects of a kind are, which every server has at the same place. */
export interface Place {
  readonly group?: string
  readonly version?: string
  readonly resource: string
  readonly namespace?: string
}

export interface Selected {
  readonly labels?: string
  readonly fields?: string
  /** False: all in one answer, as upstream asks for it. */
  readonly inChunks?: false
}

export interface Reader {
  /** The object of `info` in that version: itself, or read again. */
  object<T>(info: Info, version: string): Promise<T>
  get<T>(place: Place, name: string): Promise<T>
  list<T>(place: Place, selected?: Selected): Promise<T[]>
}

export function serverReader(rest: RestClient, chunkSize: number): Reader {
  return {
    async object<T>(info: Info, version: string) {
      if (info.mapping.version === version) return info.object as unknown as T
      const at = { ...info, mapping: { ...info.mapping, version } }
      return (await getObject(rest, at)) as unknown as T
    },
    async get<T>(place: Place, name: string) {
      const at = { mapping: mappingOf(place), namespace: place.namespace ?? '', name }
      return (await getObject(rest, at)) as unknown as T
    },
    async list<T>(place: Place, { labels = '', fields = '', inChunks }: Selected = {}) {
      const { items } = await listObjects(rest, {
        type: 'list',
        mapping: mappingOf(place),
        namespace: place.namespace ?? '',
        selector: labels,
        fieldSelector: fields,
        chunkSize: inChunks === false ? 0 : chunkSize,
      })
      return items as unknown as T[]
    },
  }
}

function mappingOf({ group = '', version = 'v1', resource, namespace }: Place): Mapping {
  return { group, version, resource, kind: '', namespaced: namespace !== undefined, verbs: [] }
}

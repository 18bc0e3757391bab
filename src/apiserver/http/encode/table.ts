/**
 * Tables: what `kubectl get` prints, from the columns of a row.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/response.go (asTable), v1.36.
 */
import { badRequest } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import type { CachedObject } from '#apiserver/registry/registry.ts'
import { asBuffer } from './bytes.ts'
import type { MetaVersion, PartialMetadata } from './metadata.ts'

export type IncludeObject = 'None' | 'Metadata' | 'Object'

export interface TableOptions {
  readonly version: MetaVersion
  readonly include: IncludeObject
  readonly nowMs: number
}

/** Throws BadRequest. */
export function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? ''
  if (value === '') return 'Metadata'
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`)
}

export interface TableParts {
  /** JSON of the list's metadata. */
  readonly meta: string
  readonly columns: string
  readonly rows: readonly string[]
}

/** The JSON of a Table. */
export function table(version: MetaVersion, { meta, columns, rows }: TableParts): string {
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${meta},"columnDefinitions":${columns},"rows":[${rows.join(',')}]}`
}

/** The JSON of a kind's column definitions. */
export function columnDefinitions(row: Resource): string {
  return JSON.stringify(
    row.columns.map(({ name, type, format, description, priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
  )
}

/** The JSON of one table row; `cached` is of the row's kind. */
export function tableRow(
  row: Resource,
  cached: CachedObject,
  options: TableOptions & { readonly partial: PartialMetadata },
): string {
  const cells = tableCells(row, cached.object, options.nowMs)
  switch (options.include) {
    case 'None':
      return `{"cells":${cells},"object":null}`
    case 'Metadata':
      return `{"cells":${cells},"object":${options.partial.of(cached, options.version)}}`
    case 'Object':
      return `{"cells":${cells},"object":${asBuffer(cached.bytes).toString()}}`
  }
}

function tableCells(row: Resource, object: ApiObject, nowMs: number): string {
  return JSON.stringify(row.columns.map((column) => column.cell(object, nowMs) ?? null))
}

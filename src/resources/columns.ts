/** The columns that most kinds have. Upstream: pkg/printers/internalversion/printers.go. */
import type { PodSpec } from '#api/core/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { translateTimestampSince } from '#api/meta/time.ts'
import type { Column } from './resource.ts'

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.'
export const creationDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.'

type Cell<T> = (object: T, nowMs: number) => unknown

export function nameColumn<T extends ApiObject>(): Column<T> {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: nameDescription,
    priority: 0,
    cell: (object) => object.metadata.name,
  }
}

export function ageColumn<T extends ApiObject>(): Column<T> {
  return stringColumn('Age', creationDescription, (object, nowMs) =>
    translateTimestampSince(object.metadata.creationTimestamp, nowMs),
  )
}

/** Of kinds that upstream has no printer for. */
export function createdAtColumn<T extends ApiObject>(): Column<T> {
  return {
    name: 'Created At',
    type: 'date',
    format: '',
    description: creationDescription,
    priority: 0,
    cell: (object) => object.metadata.creationTimestamp,
  }
}

export function stringColumn<T>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { name, type: 'string', format: '', description, priority: 0, cell }
}

export function integerColumn<T>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { name, type: 'integer', format: '', description, priority: 0, cell }
}

export function booleanColumn<T>(name: string, description: string, cell: Cell<T>): Column<T> {
  return { name, type: 'boolean', format: '', description, priority: 0, cell }
}

/** The same column, shown with `-o wide` only. */
export function wide<T>(column: Column<T>): Column<T> {
  return { ...column, priority: 1 }
}

/** `a=b,c=d` in the order of the keys; `<none>` for none. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const keys = Object.keys(labels ?? {}).toSorted()
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels?.[key]}`).join(',')
}

type Template = { readonly spec?: PodSpec } | undefined

/** Names and images of a template's containers. */
export function templateColumns<T>(template: (object: T) => Template): readonly Column<T>[] {
  const list = (object: T, field: 'name' | 'image'): string =>
    (template(object)?.spec?.containers ?? []).map((container) => container[field]).join(',')
  return [
    wide(
      stringColumn('Containers', 'Names of each container in the template.', (object) =>
        list(object, 'name'),
      ),
    ),
    wide(
      stringColumn('Images', 'Images referenced by each container in the template.', (object) =>
        list(object, 'image'),
      ),
    ),
  ]
}

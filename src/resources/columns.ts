/** The columns that most kinds have. Upstream: pkg/printers/internalversion/printers.go. */
import type { ApiObject } from '#api/resource-type.ts'
import { translateTimestampSince } from '#api/meta/time.ts'
import type { Column } from './resource.ts'

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.'
const creationDescription =
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

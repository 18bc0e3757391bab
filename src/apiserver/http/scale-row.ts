/** How a Scale is shown. Upstream: pkg/printers/internalversion/printers.go (printScale), v1.36. */
import type { Scale } from '#api/autoscaling/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { ageColumn, integerColumn, nameColumn } from '#resources/columns.ts'
import type { Resource } from '#resources/resource.ts'
import type { Subresource } from './subresources.ts'

const desired = 'desired number of instances for the scaled object.'
const available = 'actual number of observed instances of the scaled object.'

/** The row by which the answer of a subresource is encoded. */
export function shownRow(row: Resource, subresource: Subresource | undefined): Resource {
  if (subresource?.kind?.kind !== 'Scale') return row
  return {
    ...row,
    group: subresource.kind.group,
    version: subresource.kind.version,
    kind: 'Scale',
    schemaType: 'autoscaling/v1.Scale',
    columns: [
      nameColumn<ApiObject>(),
      integerColumn('Desired', desired, (object) => (object as Scale).spec?.replicas ?? 0),
      integerColumn('Available', available, (object) => (object as Scale).status?.replicas ?? 0),
      ageColumn<ApiObject>(),
    ],
  }
}

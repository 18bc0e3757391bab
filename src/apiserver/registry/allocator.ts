import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'

/**
 * Gives objects of a resource what is scarce (cluster IPs, node ports) while they are written. It is
 * asked after admission and before validation, as upstream's BeginCreate and BeginUpdate, and told how
 * the write ended.
 */
export interface Allocator {
  /** Which rows it is for. */
  handles(row: Resource): boolean
  /**
   * Fills in `next`, in place. `prior` is absent on create. Throws StatusError when nothing is left or
   * what was asked for is taken.
   */
  begin(next: ApiObject, prior: ApiObject | undefined): Allocation
  /** The object is gone. */
  release(last: ApiObject): void
}

export interface Allocation {
  /** The object was written: what the prior held beyond it is free. */
  commit(): void
  /** It was not written: what was taken for it is free again. */
  rollback(): void
}

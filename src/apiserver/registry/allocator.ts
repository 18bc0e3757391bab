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
  release(last: ApiObject): Promise<void>
}

/** One of the three is its end; none of them, when nobody knows whether the object was written. */
export interface Allocation {
  /**
   * Right before the object is written: makes what was taken its own in the whole cluster, and may give it
   * something else instead. Throws StatusError when another server was faster.
   */
  claim(next: ApiObject): Promise<void>
  /** The object was written: what the prior held beyond it is free. */
  commit(): Promise<void>
  /** It was not written: what was taken for it is free again. */
  rollback(): Promise<void>
}

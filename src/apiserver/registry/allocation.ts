import type { ApiObject } from '#api/resource-type.ts'
import type { Allocation } from './allocator.ts'
import type { Engine } from './engine.ts'
import type { Call } from './registry.ts'

/** Asks all allocators of the resource; what some gave is given back when a later one refuses. */
export function allocate(
  engine: Engine,
  call: Call,
  { next, prior }: { readonly next: ApiObject; readonly prior: ApiObject | undefined },
): Allocation {
  // Subresources change nothing that is allocated.
  const allocators = call.subresource === '' ? engine.allocators : []
  const made: Allocation[] = []
  const all: Allocation = {
    commit: () => made.forEach((allocation) => allocation.commit()),
    rollback: () => made.forEach((allocation) => allocation.rollback()),
  }
  try {
    for (const allocator of allocators) {
      if (allocator.handles(call.resource)) made.push(allocator.begin(next, prior))
    }
  } catch (error) {
    all.rollback()
    throw error
  }
  return all
}

/** Tells the allocators that an object is gone. */
export function release(engine: Engine, call: Call, last: ApiObject): void {
  for (const allocator of engine.allocators) {
    if (allocator.handles(call.resource)) allocator.release(last)
  }
}

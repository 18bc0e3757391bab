import type { ApiObject } from '#api/resource-type.ts'
import { OutcomeUnknownError } from '#storage/storage.ts'
import type { Allocation } from './allocator.ts'
import type { Engine } from './engine.ts'
import type { Call } from './registry.ts'

/** Asks all allocators of the resource; what some gave is given back when a later one refuses. */
export async function allocate(
  engine: Engine,
  call: Call,
  { next, prior }: { readonly next: ApiObject; readonly prior: ApiObject | undefined },
): Promise<Allocation> {
  // Subresources change nothing that is allocated.
  const allocators = call.subresource === '' ? engine.allocators : []
  const made: Allocation[] = []
  const all: Allocation = {
    async claim(object) {
      for (const allocation of made) await allocation.claim(object)
    },
    async commit() {
      for (const allocation of made) await allocation.commit()
    },
    async rollback() {
      for (const allocation of made) await allocation.rollback()
    },
  }
  try {
    for (const allocator of allocators) {
      if (allocator.handles(call.resource)) made.push(allocator.begin(next, prior))
    }
  } catch (error) {
    await all.rollback()
    throw error
  }
  return all
}

/** How a write ended, for what was allocated for it. */
export type Ending = 'written' | 'not written' | 'unknown'

export function endingOf(error: unknown): Ending {
  return error instanceof OutcomeUnknownError ? 'unknown' : 'not written'
}

/** The object is stored or not, whatever becomes of this: what fails is repaired later. */
export async function settleAllocation(
  engine: Engine,
  allocation: Allocation,
  ending: Ending,
): Promise<void> {
  try {
    if (ending === 'written') await allocation.commit()
    if (ending === 'not written') await allocation.rollback()
  } catch (error) {
    engine.log.error('What was allocated could not be given back yet', error)
  }
}

/** Tells the allocators that an object is gone. */
export async function release(engine: Engine, call: Call, last: ApiObject): Promise<void> {
  try {
    for (const allocator of engine.allocators) {
      if (allocator.handles(call.resource)) await allocator.release(last)
    }
  } catch (error) {
    engine.log.error('What was allocated could not be given back yet', error)
  }
}

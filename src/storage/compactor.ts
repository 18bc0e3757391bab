import type { Revision, Storage } from './storage.ts'

/** Decides what is history. */
export interface Compactor {
  /** Called at regular intervals: forgets what was history at the turn before. */
  turn(): Promise<void>
}

/** For a store that one server has for itself. */
export function localCompactor(storage: Storage): Compactor {
  let target: Revision | undefined
  return {
    async turn() {
      const newest = await storage.revision()
      if (target !== undefined) await storage.compact(target)
      target = newest
    },
  }
}

import type { Pod } from '#api/core/v1.gen.ts'
import type { SubresourceUpdate } from '#resources/resource.ts'

/** What `pods/binding` writes: its endpoint has checked and made all of it. */
export const binding: SubresourceUpdate<Pod> = {
  prepareForUpdate() {},
  validateUpdate: () => [],
}

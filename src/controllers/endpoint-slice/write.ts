/** Carries out a plan for slices. */
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { Draft } from '#api/resource-type.ts'
import { endpointslices } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { PendingWrites } from '#controllers/pending-writes.ts'
import { unlessExists, unlessGone } from '#controllers/writes.ts'
import type { Desired, SlicePlan } from './slices.ts'

export interface SliceWriter {
  readonly client: Client
  readonly pending: PendingWrites<EndpointSlice>
}

/** Writes the plan for the owner's key; `draft` makes a new slice of what it is to hold. */
export async function writeSlices(
  { client, pending }: SliceWriter,
  {
    key,
    plan,
    draft,
  }: {
    readonly key: string
    readonly plan: SlicePlan
    readonly draft: (desired: Desired) => Draft<EndpointSlice>
  },
  signal: AbortSignal,
): Promise<void> {
  const slices = client.in(endpointslices, key.slice(0, key.indexOf('/')))
  for (const desired of plan.create) {
    const created = await unlessExists(slices.create(draft(desired), { signal }))
    if (created !== undefined) pending.wrote(key, created)
  }
  for (const slice of plan.update) {
    const updated = await unlessGone(slices.update(slice, { signal }))
    if (updated !== undefined) pending.wrote(key, updated)
  }
  for (const slice of plan.remove) {
    const { name, uid } = slice.metadata
    await unlessGone(slices.delete(name, { preconditions: { uid }, signal }))
    pending.deleted(key, slice)
  }
}

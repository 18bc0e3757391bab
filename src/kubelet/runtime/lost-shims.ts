/**
 * Shims that containerd has forgotten: one that does not end in time when its pod goes (1.6 does it under load),
 * stays for ever. Nothing of upstream's does this; a node that runs for months must.
 */
import type { CriClient } from '#cri/client.ts'
import type { Shim } from '#linux/shims.ts'

export interface LostShimsOptions {
  readonly cri: Pick<CriClient, 'listPodSandbox'>
  /** Of the runtime's socket. */
  readonly shims: () => Promise<readonly Shim[]>
  readonly end: (shim: Shim) => void
  /** Younger ones may belong to a pod that is just being started. */
  readonly minimumAgeMs: number
  readonly signal: AbortSignal
}

/** Ends the shims of sandboxes that the runtime does not have; resolves to those it ended. */
export async function endLostShims(options: LostShimsOptions): Promise<readonly Shim[]> {
  const shims = (await options.shims()).filter(({ ageMs }) => ageMs > options.minimumAgeMs)
  if (shims.length === 0) return []
  const sandboxes = await options.cri.listPodSandbox(undefined, { signal: options.signal })
  const known = new Set(sandboxes.map(({ id }) => id))
  const lost = shims.filter(({ id }) => !known.has(id))
  lost.forEach(options.end)
  return lost
}

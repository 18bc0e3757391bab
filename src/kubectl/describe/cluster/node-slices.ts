/** Devices that only this node has. Upstream: describe.go, describeNodeResourceSlices. */
import type { ResourceSlice } from '#api/resource/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

const limits = {
  /** More are only counted. */
  poolsMax: 10,
} as const

export function writeSlices(w: PrefixWriter, slices: readonly ResourceSlice[]): void {
  if (slices.length === 0) return
  const pools = [...Map.groupBy(slices, poolOf)].toSorted(([a], [b]) => compareBytes(a, b))
  const rows = pools.slice(0, limits.poolsMax).map(([, inPool]) => rowOf(inPool))
  w.write(0, 'Node-Local ResourceSlices:\n')
  writeTable(w, 1, [['Driver', 'Pool', 'Slices', 'Devices'], ...rows])
  const more = pools.length - limits.poolsMax
  if (more > 0) w.write(1, `...and ${more} more pools\n`)
}

function poolOf({ spec }: ResourceSlice): string {
  return `${spec.driver}/${spec.pool.name}`
}

function rowOf(slices: readonly ResourceSlice[]): readonly (string | number)[] {
  const devices = slices.reduce((sum, { spec }) => sum + (spec.devices ?? []).length, 0)
  const spec = slices[0]?.spec
  return [spec?.driver ?? '', spec?.pool.name ?? '', slices.length, devices]
}

/** Upstream: describe.go, CSINodeDescriber. */
import type { CSINode } from '#api/storage/v1.gen.ts'
import { goText } from '#api/json-path/go-text.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { clusterHeading, created } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

export const csiNode = describer<CSINode>({
  version: 'v1',
  sections: [...clusterHeading, created, writeDrivers],
})

function writeDrivers(w: PrefixWriter, { spec }: CSINode): void {
  w.write(0, 'Spec:\n')
  const drivers = spec.drivers ?? []
  // Upstream reads protobuf, in which an empty list is none.
  if (drivers.length === 0) return
  w.write(1, 'Drivers:\n')
  for (const { name, nodeID, allocatable, topologyKeys } of drivers) {
    w.write(2, `${name}:\n`)
    w.write(3, `Node ID:\t${nodeID}\n`)
    if (allocatable?.count !== undefined) {
      w.write(3, 'Allocatables:\n')
      w.write(4, `Count:\t${allocatable.count}\n`)
    }
    const keys = topologyKeys ?? []
    if (keys.length > 0) w.write(3, `Topology Keys:\t${goText(keys)}\n`)
  }
}

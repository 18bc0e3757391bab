/** Upstream: describe.go, EndpointsDescriber. */
import type { Endpoints, EndpointSubset } from '#api/core/v1.gen.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { heading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { orNone } from '#kubectl/describe/values.ts'

export const endpoints = describer<Endpoints>({
  version: 'v1',
  sections: [
    ...heading,
    (w, { subsets = [] }) => {
      w.write(0, 'Subsets:\n')
      for (const subset of subsets) writeSubset(w, subset)
    },
  ],
})

function writeSubset(w: PrefixWriter, subset: EndpointSubset): void {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset
  w.write(1, `Addresses:\t${orNone(addresses.map(({ ip }) => ip).join(','))}\n`)
  w.write(1, `NotReadyAddresses:\t${orNone(notReadyAddresses.map(({ ip }) => ip).join(','))}\n`)
  if (ports.length > 0) {
    w.write(1, 'Ports:\n')
    const rows = ports.map(({ name, port, protocol = '' }) => [name || '<unset>', port, protocol])
    writeTable(w, 2, [['Name', 'Port', 'Protocol'], ...rows])
  }
  w.write(0, '\n')
}

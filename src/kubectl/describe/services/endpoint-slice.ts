/** Upstream: describe.go, EndpointSliceDescriber. */
import type { Endpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { heading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { orNone, orUnset } from '#kubectl/describe/values.ts'

export const endpointSlice = describer<EndpointSlice>({
  version: 'v1',
  sections: [
    ...heading,
    ['AddressType', ({ addressType }) => addressType],
    writePorts,
    (w, { endpoints = [] }) => {
      w.write(0, endpoints.length === 0 ? 'Endpoints: <none>\n' : 'Endpoints:\n')
      for (const endpoint of endpoints) writeEndpoint(w, endpoint)
    },
  ],
})

function writePorts(w: PrefixWriter, { ports = [] }: EndpointSlice): void {
  if (ports.length === 0) {
    w.write(0, 'Ports: <unset>\n')
    return
  }
  w.write(0, 'Ports:\n')
  const rows = ports.map(({ name, port, protocol = '' }) => {
    return [name || '<unset>', orUnset(port), protocol]
  })
  writeTable(w, 1, [['Name', 'Port', 'Protocol'], ...rows])
}

function writeEndpoint(w: PrefixWriter, endpoint: Endpoint): void {
  const { addresses, conditions, hostname, targetRef, nodeName, zone } = endpoint
  w.write(1, `- Addresses:\t${orNone(addresses.join(', '))}\n`)
  w.write(2, 'Conditions:\n')
  w.write(3, `Ready:\t${orUnset(conditions?.ready)}\n`)
  w.write(2, `Hostname:\t${orUnset(hostname)}\n`)
  if (targetRef !== undefined) {
    w.write(2, `TargetRef:\t${targetRef.kind ?? ''}/${targetRef.name ?? ''}\n`)
  }
  w.write(2, `NodeName:\t${orUnset(nodeName)}\n`)
  w.write(2, `Zone:\t${orUnset(zone)}\n`)
}

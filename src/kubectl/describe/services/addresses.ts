/** ServiceCIDRs and the addresses in use. Upstream: describe.go, ServiceCIDRDescriber, IPAddressDescriber. */
import type { IPAddress, ServiceCIDR } from '#api/networking/v1.gen.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import { describer, firstServed } from '#kubectl/describe/describer.ts'
import type { Section } from '#kubectl/describe/describer.ts'
import { clusterHeading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { dateText } from '#kubectl/describe/time-text.ts'

const ofServiceCidr: readonly Section<ServiceCIDR>[] = [
  ...clusterHeading,
  ['CIDRs', ({ spec }) => (spec?.cidrs ?? []).join(', ')],
  writeConditions,
]

const ofIpAddress: readonly Section<IPAddress>[] = [...clusterHeading, writeParent]

export const serviceCidr = firstServed(
  describer<ServiceCIDR>({ version: 'v1', sections: ofServiceCidr }),
  describer<ServiceCIDR>({ version: 'v1beta1', sections: ofServiceCidr }),
)

export const ipAddress = firstServed(
  describer<IPAddress>({ version: 'v1', sections: ofIpAddress }),
  describer<IPAddress>({ version: 'v1beta1', sections: ofIpAddress }),
)

function writeConditions(w: PrefixWriter, { status }: ServiceCIDR): void {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return
  w.write(0, 'Status:\n')
  w.write(0, 'Conditions:\n')
  const rows = conditions.map(({ type, status: is, lastTransitionTime, reason, message }) => {
    return [type, is, dateText(lastTransitionTime), reason, message]
  })
  writeTable(w, 1, [['Type', 'Status', 'LastTransitionTime', 'Reason', 'Message'], ...rows])
}

function writeParent(w: PrefixWriter, { spec }: IPAddress): void {
  const parent = spec?.parentRef
  if (parent === undefined) return
  w.write(0, 'Parent Reference:\n')
  w.write(1, `Group:\t${parent.group ?? ''}\n`)
  w.write(1, `Resource:\t${parent.resource}\n`)
  w.write(1, `Namespace:\t${parent.namespace ?? ''}\n`)
  w.write(1, `Name:\t${parent.name}\n`)
}

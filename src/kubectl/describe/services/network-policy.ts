/** Upstream: describe.go, NetworkPolicyDescriber. */
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#api/networking/v1.gen.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { annotations, labels, name, namespace } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { plainTimeText } from '#kubectl/describe/time-text.ts'
import { intOrStringText, orNone } from '#kubectl/describe/values.ts'

export const networkPolicy = describer<NetworkPolicy>({
  version: 'v1',
  events: false,
  sections: [
    name,
    namespace,
    ['Created on', ({ metadata }) => plainTimeText(metadata.creationTimestamp)],
    labels,
    annotations,
    writeSpec,
  ],
})

interface Rule {
  readonly ports?: readonly NetworkPolicyPort[]
  readonly peers?: readonly NetworkPolicyPeer[]
}

/** The words of a direction. */
interface Direction {
  readonly adjective: 'ingress' | 'egress'
  readonly peers: 'From' | 'To'
  readonly side: 'source' | 'destination'
}

const indent = '    '

function writeSpec(w: PrefixWriter, { spec }: NetworkPolicy): void {
  const { policyTypes = [] } = spec
  w.write(0, 'Spec:\n')
  w.write(1, 'PodSelector: ')
  const selector = formatLabelSelector(spec.podSelector)
  const everyPod = '<none> (Allowing the specific traffic to all pods in this namespace)'
  w.write(2, `${selector === '<none>' ? everyPod : selector}\n`)
  const ingress = { adjective: 'ingress', peers: 'From', side: 'source' } as const
  const incoming = (spec.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from }))
  writeDirection(w, ingress, policyTypes.includes('Ingress') ? incoming : undefined)
  const egress = { adjective: 'egress', peers: 'To', side: 'destination' } as const
  const outgoing = (spec.egress ?? []).map(({ ports, to }) => ({ ports, peers: to }))
  writeDirection(w, egress, policyTypes.includes('Egress') ? outgoing : undefined)
  w.write(1, `Policy Types: ${orNone(policyTypes.join(', '))}\n`)
}

/** Without rules the policy does not concern this direction. */
function writeDirection(
  w: PrefixWriter,
  direction: Direction,
  rules: readonly Rule[] | undefined,
): void {
  const { adjective } = direction
  if (rules === undefined) {
    w.write(1, `Not affecting ${adjective} traffic\n`)
    return
  }
  w.write(1, `Allowing ${adjective} traffic:\n`)
  if (rules.length === 0) {
    const isolated = `<none> (Selected pods are isolated for ${adjective} connectivity)`
    w.write(0, `${indent}${isolated}\n`)
  }
  for (const [at, rule] of rules.entries()) {
    if (at > 0) w.write(0, `${indent}----------\n`)
    writePorts(w, rule.ports)
    writePeers(w, direction, rule.peers)
  }
}

function writePorts(w: PrefixWriter, ports: readonly NetworkPolicyPort[] = []): void {
  if (ports.length === 0) w.write(0, `${indent}To Port: <any> (traffic allowed to all ports)\n`)
  for (const { port, endPort, protocol = 'TCP' } of ports) {
    const range = endPort === undefined ? '' : `-${endPort}`
    const label = endPort === undefined ? 'To Port' : 'To Port Range'
    w.write(0, `${indent}${label}: ${intOrStringText(port)}${range}/${protocol}\n`)
  }
}

function writePeers(
  w: PrefixWriter,
  { peers: label, side }: Direction,
  peers: readonly NetworkPolicyPeer[] = [],
): void {
  if (peers.length === 0) {
    w.write(0, `${indent}${label}: <any> (traffic not restricted by ${side})\n`)
  }
  for (const { namespaceSelector, podSelector, ipBlock } of peers) {
    w.write(0, `${indent}${label}:\n`)
    const selectors = { NamespaceSelector: namespaceSelector, PodSelector: podSelector }
    for (const [title, selector] of Object.entries(selectors)) {
      if (selector === undefined) continue
      w.write(1, `${indent}${title}: ${formatLabelSelector(selector)}\n`)
    }
    if (namespaceSelector !== undefined || podSelector !== undefined) continue
    if (ipBlock === undefined) continue
    w.write(1, `${indent}IPBlock:\n`)
    w.write(2, `${indent}CIDR: ${ipBlock.cidr}\n`)
    w.write(2, `${indent}Except: ${(ipBlock.except ?? []).join(', ')}\n`)
  }
}

/** Upstream: describe.go, ServiceDescriber. */
import type { LoadBalancerIngress, Service, ServicePort } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { formatLabels, heading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { orNone } from '#kubectl/describe/values.ts'
import { endpointsText, slicesOf } from './endpoints-text.ts'

export const service = describer<Service, readonly EndpointSlice[]>({
  version: 'v1',
  related: async ({ metadata }, reader) =>
    await slicesOf(metadata.namespace, metadata.name, reader).catch(() => []),
  sections: [
    ...heading,
    ['Selector', ({ spec }) => formatLabels(spec.selector)],
    ['Type', ({ spec }) => spec.type ?? ''],
    ['IP Family Policy', ({ spec }) => spec.ipFamilyPolicy],
    ['IP Families', ({ spec }) => orNone(spec.ipFamilies?.join(','))],
    ['IP', ({ spec }) => spec.clusterIP ?? ''],
    ['IPs', ({ spec }) => orNone(spec.clusterIPs?.join(','))],
    ['External IPs', ({ spec }) => spec.externalIPs?.join(',')],
    ['Desired LoadBalancer IP', ({ spec }) => spec.loadBalancerIP || undefined],
    ['External Name', ({ spec }) => spec.externalName || undefined],
    ['LoadBalancer Ingress', ingressText],
    (w, { spec }, { related }) => {
      for (const port of spec.ports ?? []) writePort(w, port, related)
    },
    ['Session Affinity', ({ spec }) => spec.sessionAffinity ?? ''],
    ['External Traffic Policy', ({ spec }) => spec.externalTrafficPolicy || undefined],
    ['Internal Traffic Policy', ({ spec }) => spec.internalTrafficPolicy],
    ['HealthCheck NodePort', ({ spec }) => spec.healthCheckNodePort || undefined],
    ['LoadBalancer Source Ranges', ({ spec }) => spec.loadBalancerSourceRanges?.join(',')],
    ['Traffic Distribution', ({ spec }) => spec.trafficDistribution || undefined],
  ],
})

function ingressText({ status }: Service): string | undefined {
  const ingress = status?.loadBalancer?.ingress ?? []
  return ingress.length === 0 ? undefined : ingress.map(addressText).join(', ')
}

function addressText({ ip = '', ipMode, hostname = '' }: LoadBalancerIngress): string {
  if (ip === '') return hostname
  return ipMode === undefined ? ip : `${ip} (${ipMode})`
}

function writePort(w: PrefixWriter, sp: ServicePort, slices: readonly EndpointSlice[]): void {
  const { protocol = '', port, targetPort = 0, nodePort = 0 } = sp
  const name = sp.name || '<unset>'
  w.write(0, `Port:\t${name}\t${port}/${protocol}\n`)
  w.write(0, `TargetPort:\t${targetPort}/${protocol}\n`)
  if (nodePort !== 0) w.write(0, `NodePort:\t${name}\t${nodePort}/${protocol}\n`)
  w.write(0, `Endpoints:\t${endpointsText(slices, sp.name ?? '')}\n`)
}

/**
 * What the API server fills into pods and pod templates.
 * Upstream: pkg/apis/core/v1/defaults.go and zz_generated.defaults.go at v1.36.
 */
import type { Container, Pod, PodSpec, PodTemplateSpec } from '#api/core/v1.gen.ts'
import { defaultContainer } from './container-defaults.ts'
import { defaultVolume } from './volume-defaults.ts'

export function defaultPod(pod: Pod): void {
  const spec = (pod.spec ??= { containers: [] })
  spec.enableServiceLinks ??= true
  defaultPodSpec(spec)
  if (spec.hostNetwork === true) defaultHostPorts(spec)
  for (const container of containersOf(spec)) defaultRequests(container)
}

/** Templates get what every pod spec gets, not what only pods get. */
export function defaultPodTemplate(template: PodTemplateSpec): void {
  template.metadata ??= {}
  defaultPodSpec((template.spec ??= { containers: [] }))
}

function defaultPodSpec(spec: PodSpec): void {
  if (spec.volumes !== undefined) for (const volume of spec.volumes) defaultVolume(volume)
  for (const container of containersOf(spec)) defaultContainer(container)
  spec.restartPolicy ||= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.securityContext ??= {}
  spec.schedulerName ||= 'default-scheduler'
  mirrorServiceAccount(spec)
}

/** The deprecated name and the present one always agree; the present one wins. */
export function mirrorServiceAccount(spec: PodSpec): void {
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount
}

/** Regular, init and ephemeral containers, as far as there are any. */
export function containersOf(spec: PodSpec): readonly Container[] {
  const { initContainers, ephemeralContainers } = spec
  const containers = spec.containers ?? []
  if (initContainers === undefined && ephemeralContainers === undefined) return containers
  return [...containers, ...(initContainers ?? []), ...(ephemeralContainers ?? [])]
}

function defaultHostPorts(spec: PodSpec): void {
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
  }
}

/** What is limited but not requested is requested as far as it is limited. */
function defaultRequests(container: Container): void {
  const limits = container.resources?.limits
  if (limits === undefined || container.resources === undefined) return
  const requests = (container.resources.requests ??= {})
  for (const name in limits) requests[name] ??= limits[name] as string
}

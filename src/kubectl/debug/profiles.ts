/**
 * What a debugging container may do, by profile: changes of the pod that it is in.
 * Upstream: kubectl pkg/cmd/debug/profiles.go.
 */
import type { Container, Pod, PodSpec } from '#kubectl/pods/pod.ts'
import { CommandError } from '#kubectl/errors.ts'

/** In the pod itself, in a copy of it, or in a pod of its own on a node. */
export type Style = 'ephemeral' | 'copy' | 'node'

/** What a copy keeps of its original. */
export interface Kept {
  readonly labels: boolean
  readonly annotations: boolean
  readonly liveness: boolean
  readonly readiness: boolean
  readonly startup: boolean
  readonly initContainers: boolean
}

type Change = (pod: Pod & { spec: PodSpec }, container: Container) => void

const profiles: Readonly<Record<string, Record<Style, readonly Change[]>>> = {
  legacy: {
    node: [mountRoot, useHostNamespaces],
    copy: [],
    ephemeral: [],
  },
  general: {
    node: [mountRoot, clearSecurity, useHostNamespaces],
    copy: [addCapabilities('SYS_PTRACE'), shareProcesses],
    ephemeral: [addCapabilities('SYS_PTRACE')],
  },
  baseline: {
    node: [clearSecurity],
    copy: [clearSecurity, shareProcesses],
    ephemeral: [clearSecurity],
  },
  restricted: {
    node: [restrict],
    copy: [restrict, shareProcesses],
    ephemeral: [restrict],
  },
  netadmin: {
    node: [addCapabilities('NET_ADMIN', 'NET_RAW'), useHostNamespaces],
    copy: [addCapabilities('NET_ADMIN', 'NET_RAW'), shareProcesses],
    ephemeral: [addCapabilities('NET_ADMIN', 'NET_RAW')],
  },
  sysadmin: {
    node: [privilege, useHostNamespaces, mountRoot],
    copy: [privilege, shareProcesses],
    ephemeral: [privilege],
  },
}

export function checkProfile(name: string): void {
  if (profiles[name] === undefined) throw new CommandError(`unknown profile: ${name}`)
}

/** Changes the pod in place. */
export function applyProfile(
  pod: Pod & { spec: PodSpec },
  container: Container,
  options: { readonly profile: string; readonly style: Style; readonly kept: Kept },
): void {
  const { profile, style, kept } = options
  if (style === 'copy') dropUnkept(pod, profile === 'legacy' ? keptByLegacy : kept)
  for (const change of profiles[profile]?.[style] ?? []) change(pod, container)
}

const keptByLegacy: Kept = {
  labels: false,
  annotations: true,
  liveness: true,
  readiness: true,
  startup: true,
  initContainers: true,
}

function dropUnkept(pod: Pod & { spec: PodSpec }, kept: Kept): void {
  if (!kept.labels) delete pod.metadata?.labels
  if (!kept.annotations) delete pod.metadata?.annotations
  for (const container of pod.spec.containers ?? []) {
    if (!kept.liveness) delete container['livenessProbe']
    if (!kept.readiness) delete container['readinessProbe']
    if (!kept.startup) delete container['startupProbe']
  }
  if (!kept.initContainers) delete pod.spec.initContainers
}

const rootVolume = 'host-root'

function mountRoot({ spec }: { spec: PodSpec }, container: Container): void {
  append(spec, 'volumes', { name: rootVolume, hostPath: { path: '/', type: '' } })
  append(container, 'volumeMounts', { mountPath: '/host', name: rootVolume })
}

function append(to: Record<string, unknown>, field: string, value: object): void {
  const list = (to[field] ?? []) as readonly unknown[]
  to[field] = [...list, value]
}

function useHostNamespaces({ spec }: { spec: PodSpec }): void {
  Object.assign(spec, { hostNetwork: true, hostPID: true, hostIPC: true })
}

function shareProcesses({ spec }: { spec: PodSpec }): void {
  spec['shareProcessNamespace'] ??= true
}

interface SecurityContext {
  [field: string]: unknown
  capabilities?: { add?: string[]; drop?: string[] }
}

function securityOf(container: Container): SecurityContext {
  return (container['securityContext'] ??= {}) as SecurityContext
}

function clearSecurity(_pod: Pod, container: Container): void {
  delete container['securityContext']
}

function restrict(_pod: Pod, container: Container): void {
  container['securityContext'] = {
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    allowPrivilegeEscalation: false,
    seccompProfile: { type: 'RuntimeDefault' },
  }
}

function privilege(_pod: Pod, container: Container): void {
  securityOf(container)['privileged'] = true
}

function addCapabilities(...capabilities: readonly string[]): Change {
  return (_pod, container) => {
    const held = (securityOf(container).capabilities ??= {})
    held.add = [...(held.add ?? []), ...capabilities]
  }
}

/**
 * The baseline level: nothing that is known to break out.
 * Upstream: staging/src/k8s.io/pod-security-admission/policy/check_*.go.
 */
import { distinct, named, namesWhere, plural, quoted, setters, containersOf } from './check.ts'
import type { Check, Subject, Violation } from './check.ts'
import { appArmor, probeHosts, seLinux } from './baseline-profiles.ts'
import type { Container, PodSpec } from './pod.ts'

const allowedCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

/** By the minor version that allows them first. */
const allowedSysctls: readonly (readonly [number, readonly string[]])[] = [
  [
    0,
    [
      'kernel.shm_rmid_forced',
      'net.ipv4.ip_local_port_range',
      'net.ipv4.tcp_syncookies',
      'net.ipv4.ping_group_range',
      'net.ipv4.ip_unprivileged_port_start',
    ],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [
    29,
    [
      'net.ipv4.tcp_keepalive_time',
      'net.ipv4.tcp_fin_timeout',
      'net.ipv4.tcp_keepalive_intvl',
      'net.ipv4.tcp_keepalive_probes',
    ],
  ],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
]

/** In the order of their ids, in which violations are told. */
export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', since: 0, judge: appArmor },
  { id: 'capabilities_baseline', since: 0, judge: capabilities },
  { id: 'hostNamespaces', since: 0, judge: hostNamespaces },
  { id: 'hostPathVolumes', since: 0, judge: hostPathVolumes },
  { id: 'hostPorts', since: 0, judge: hostPorts },
  { id: 'hostProbesAndHostLifecycle', since: 34, judge: probeHosts },
  { id: 'privileged', since: 0, judge: privileged },
  { id: 'procMount', since: 0, judge: procMount },
  { id: 'seLinuxOptions', since: 0, judge: seLinux },
  { id: 'seccompProfile_baseline', since: 19, judge: seccomp },
  { id: 'sysctls', since: 0, judge: sysctls },
  { id: 'windowsHostProcess', since: 0, judge: hostProcess },
]

function capabilities({ spec }: Subject): Violation | undefined {
  const forbidden = (container: Container): readonly string[] =>
    (container.securityContext?.capabilities?.add ?? []).filter(
      (name) => !allowedCapabilities.has(name),
    )
  const names = namesWhere(spec, (container) => forbidden(container).length > 0)
  if (names.length === 0) return undefined
  const added = distinct(containersOf(spec).flatMap(forbidden))
  return {
    reason: 'non-default capabilities',
    detail: `${named('container', names)} must not include ${quoted(added)} in securityContext.capabilities.add`,
  }
}

function hostNamespaces({ spec }: Subject): Violation | undefined {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const)
    .filter((field) => spec[field] === true)
    .map((field) => `${field}=true`)
  return shared.length === 0 ? undefined : { reason: 'host namespaces', detail: shared.join(', ') }
}

function hostPathVolumes({ spec }: Subject): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)
  return names.length === 0
    ? undefined
    : { reason: 'hostPath volumes', detail: named('volume', names) }
}

function hostPorts({ spec }: Subject): Violation | undefined {
  const used = ({ ports }: Container): readonly string[] =>
    (ports ?? []).flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [String(hostPort)]))
  const names = namesWhere(spec, (container) => used(container).length > 0)
  if (names.length === 0) return undefined
  const ports = distinct(containersOf(spec).flatMap(used))
  const use = names.length === 1 ? 'uses' : 'use'
  return {
    reason: 'hostPort',
    detail: `${named('container', names)} ${use} ${plural('hostPort', ports.length)} ${ports.join(', ')}`,
  }
}

function privileged({ spec }: Subject): Violation | undefined {
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.privileged === true)
  return names.length === 0
    ? undefined
    : {
        reason: 'privileged',
        detail: `${named('container', names)} must not set securityContext.privileged=true`,
      }
}

function procMount({ spec }: Subject): Violation | undefined {
  const special = ({ securityContext }: Container): string =>
    securityContext?.procMount === 'Default' ? '' : (securityContext?.procMount ?? '')
  const names = namesWhere(spec, (container) => special(container) !== '')
  if (names.length === 0) return undefined
  const values = distinct(
    containersOf(spec)
      .map(special)
      .filter((value) => value !== ''),
  )
  return {
    reason: 'procMount',
    detail: `${named('container', names)} must not set securityContext.procMount to ${quoted(values)}`,
  }
}

function seccomp({ spec }: Subject): Violation | undefined {
  const names = namesWhere(spec, (container) => isUnconfined(container.securityContext))
  const onPod = isUnconfined(spec.securityContext)
  if (!onPod && names.length === 0) return undefined
  return {
    reason: 'seccompProfile',
    detail: `${setters(onPod, names)} must not set securityContext.seccompProfile.type to "Unconfined"`,
  }
}

function isUnconfined(
  context: Pick<NonNullable<PodSpec['securityContext']>, 'seccompProfile'> | undefined,
): boolean {
  return context?.seccompProfile?.type === 'Unconfined'
}

function sysctls({ spec }: Subject, minor: number): Violation | undefined {
  const allowed = new Set(
    allowedSysctls.filter(([since]) => since <= minor).flatMap(([, names]) => names),
  )
  const forbidden = (spec.securityContext?.sysctls ?? [])
    .map(({ name }) => name)
    .filter((name) => !allowed.has(name))
  return forbidden.length === 0
    ? undefined
    : { reason: 'forbidden sysctls', detail: forbidden.join(', ') }
}

function hostProcess({ spec }: Subject): Violation | undefined {
  const onPod = spec.securityContext?.windowsOptions?.hostProcess === true
  const names = namesWhere(
    spec,
    ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true,
  )
  if (!onPod && names.length === 0) return undefined
  return {
    reason: 'hostProcess',
    detail: `${setters(onPod, names)} must not set securityContext.windowsOptions.hostProcess=true`,
  }
}

/** The longer checks of the baseline: AppArmor, SELinux, probes (check_{appArmorProfile,seLinuxOptions,hostProbesAndHostLifecycle}.go). */
import type { LifecycleHandler, Probe, SELinuxOptions } from '#api/core/v1.gen.ts'
import { containersOf, distinct, named, namesWhere, plural, quoted, setters } from './check.ts'
import type { Subject, Violation } from './check.ts'
import type { Container } from './pod.ts'

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'
const appArmorTypes: readonly string[] = ['RuntimeDefault', 'Localhost']

export function appArmor({ metadata, spec }: Subject): Violation | undefined {
  const type = (context: { appArmorProfile?: { type: string } } | undefined): string => {
    const asked = context?.appArmorProfile?.type ?? ''
    return asked === '' || appArmorTypes.includes(asked) ? '' : asked
  }
  const onPod = type(spec.securityContext)
  const ofContainer = ({ securityContext }: Container): string => type(securityContext)
  const names = namesWhere(spec, (container) => ofContainer(container) !== '')
  const values = distinct(
    [onPod, ...containersOf(spec).map(ofContainer)].filter((one) => one !== ''),
  )
  const annotations = forbiddenAnnotations(metadata.annotations)
  const details: string[] = []
  if (values.length > 0) {
    const who = setters(onPod !== '', names)
    details.push(`${who} must not set AppArmor profile type to ${quoted(values)}`)
  }
  if (annotations.length > 0) {
    details.push(`${plural('annotation', annotations.length)} ${annotations.join(', ')}`)
  }
  if (details.length === 0) return undefined
  const reason = plural('forbidden AppArmor profile', values.length + annotations.length)
  return { reason, detail: details.join('; ') }
}

function forbiddenAnnotations(annotations: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(appArmorPrefix))
    .filter(([, value]) => value !== '' && value !== 'runtime/default')
    .filter(([, value]) => !value.startsWith('localhost/'))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
}

const seLinuxTypes: readonly string[] = ['', 'container_t', 'container_init_t', 'container_kvm_t']
const engineTypeSince = 31

export function seLinux({ spec }: Subject, minor: number): Violation | undefined {
  const isAllowed = (type: string): boolean =>
    seLinuxTypes.includes(type) || (type === 'container_engine_t' && minor >= engineTypeSince)
  const isBad = (options: SELinuxOptions | undefined): boolean =>
    options !== undefined &&
    (!isAllowed(options.type ?? '') || (options.user ?? '') !== '' || (options.role ?? '') !== '')
  const onPod = spec.securityContext?.seLinuxOptions
  const names = namesWhere(spec, ({ securityContext }) => isBad(securityContext?.seLinuxOptions))
  if (!isBad(onPod) && names.length === 0) return undefined
  const all = [onPod, ...containersOf(spec).map((one) => one.securityContext?.seLinuxOptions)]
  const types = distinct(all.map((one) => one?.type ?? '').filter((type) => !isAllowed(type)))
  const wrong = types.length === 0 ? [] : [`${plural('type', types.length)} ${quoted(types)}`]
  if (all.some((one) => one?.user)) wrong.push('user may not be set')
  if (all.some((one) => one?.role)) wrong.push('role may not be set')
  return {
    reason: 'seLinuxOptions',
    detail: `${setters(isBad(onPod), names)} set forbidden securityContext.seLinuxOptions: ${wrong.join('; ')}`,
  }
}

export function probeHosts({ spec }: Subject): Violation | undefined {
  const names = namesWhere(spec, (container) => hostsOf(container).length > 0)
  if (names.length === 0) return undefined
  const hosts = distinct(containersOf(spec).flatMap(hostsOf))
  const use = names.length === 1 ? 'uses' : 'use'
  return {
    reason: 'probe or lifecycle host',
    detail: `${named('container', names)} ${use} probe or lifecycle ${plural('host', hosts.length)} ${quoted(hosts)}`,
  }
}

/** Hosts, other than the pod itself, that a container's probes and hooks speak to. */
function hostsOf(container: Container): string[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container
  const handlers: (Probe | LifecycleHandler | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ]
  return handlers.flatMap((handler) =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap((host) => (host ? [host] : [])),
  )
}

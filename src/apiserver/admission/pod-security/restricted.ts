/**
 * The restricted level: what hardened pods do without.
 * Upstream: staging/src/k8s.io/pod-security-admission/policy/check_*.go.
 */
import {
  containersOf,
  distinct,
  isWindows,
  named,
  namesWhere,
  plural,
  quoted,
  setters,
} from './check.ts'
import type { Check, Subject, Violation } from './check.ts'
import type { Container } from './pod.ts'

/** Since then, pods that say they are for Windows are not asked for what only Linux has. */
const windowsSince = 25

const allowedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

/** In the order of their ids, in which violations are told. */
export const restrictedChecks: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', since: 8, judge: onLinux(privilegeEscalation) },
  {
    id: 'capabilities_restricted',
    since: 22,
    overrides: ['capabilities_baseline'],
    judge: onLinux(capabilities),
  },
  { id: 'restrictedVolumes', since: 0, overrides: ['hostPathVolumes'], judge: volumes },
  { id: 'runAsNonRoot', since: 0, judge: runAsNonRoot },
  { id: 'runAsUser', since: 23, judge: runAsUser },
  {
    id: 'seccompProfile_restricted',
    since: 19,
    overrides: ['seccompProfile_baseline'],
    judge: onLinux(seccomp),
  },
]

function onLinux(judge: (subject: Subject) => Violation | undefined): Check['judge'] {
  return (subject, minor) =>
    minor >= windowsSince && isWindows(subject.spec) ? undefined : judge(subject)
}

function privilegeEscalation({ spec }: Subject): Violation | undefined {
  const names = namesWhere(
    spec,
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  )
  return names.length === 0
    ? undefined
    : {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${named('container', names)} must set securityContext.allowPrivilegeEscalation=false`,
      }
}

function capabilities({ spec }: Subject): Violation | undefined {
  const forbidden = ({ securityContext }: Container): readonly string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
  const keeping = namesWhere(
    spec,
    ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true,
  )
  const adding = namesWhere(spec, (container) => forbidden(container).length > 0)
  const details: string[] = []
  if (keeping.length > 0) {
    details.push(
      `${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`,
    )
  }
  if (adding.length > 0) {
    const added = distinct(containersOf(spec).flatMap(forbidden))
    details.push(
      `${named('container', adding)} must not include ${quoted(added)} in securityContext.capabilities.add`,
    )
  }
  return details.length === 0
    ? undefined
    : { reason: 'unrestricted capabilities', detail: details.join('; ') }
}

function volumes({ spec }: Subject): Violation | undefined {
  const typeOf = (volume: object): string =>
    Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'
  const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.has(typeOf(volume)))
  if (bad.length === 0) return undefined
  const types = distinct(bad.map(typeOf))
  const use = bad.length === 1 ? 'uses' : 'use'
  const names = bad.map(({ name }) => name)
  return {
    reason: 'restricted volume types',
    detail: `${named('volume', names)} ${use} ${plural('restricted volume type', types.length)} ${quoted(types)}`,
  }
}

function runAsNonRoot({ spec }: Subject): Violation | undefined {
  const reason = 'runAsNonRoot != true'
  const onPod = spec.securityContext?.runAsNonRoot
  const saying = (value: boolean | undefined) =>
    namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === value)
  const asRoot = saying(false)
  if (onPod === false || asRoot.length > 0) {
    const who = setters(onPod === false, asRoot)
    return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` }
  }
  const silent = saying(undefined)
  if (onPod === true || silent.length === 0) return undefined
  return {
    reason,
    detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true`,
  }
}

function runAsUser({ spec }: Subject): Violation | undefined {
  const onPod = spec.securityContext?.runAsUser === 0
  const names = namesWhere(spec, ({ securityContext }) => securityContext?.runAsUser === 0)
  return !onPod && names.length === 0
    ? undefined
    : { reason: 'runAsUser=0', detail: `${setters(onPod, names)} must not set runAsUser=0` }
}

function seccomp({ spec }: Subject): Violation | undefined {
  const reason = 'seccompProfile'
  const isAllowed = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost'
  const typeOf = ({ securityContext }: Container): string =>
    securityContext?.seccompProfile?.type ?? ''
  const onPod = spec.securityContext?.seccompProfile?.type ?? ''
  const isBad = (type: string): boolean => type !== '' && !isAllowed(type)
  const names = namesWhere(spec, (container) => isBad(typeOf(container)))
  if (isBad(onPod) || names.length > 0) {
    const values = distinct([onPod, ...containersOf(spec).map(typeOf)].filter(isBad))
    const who = setters(isBad(onPod), names)
    return {
      reason,
      detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
    }
  }
  const silent = namesWhere(spec, (container) => typeOf(container) === '')
  if (onPod !== '' || silent.length === 0) return undefined
  return {
    reason,
    detail: `pod or ${named('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  }
}

/**
 * Security contexts as the runtime wants them.
 * Upstream: pkg/securitycontext/util.go, pkg/kubelet/kuberuntime/security_context.go at v1.36.
 */
import type { Container, Pod, SecurityContext } from '#api/core/v1.gen.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type {
  LinuxContainerSecurityContext,
  LinuxSandboxSecurityContext,
  NamespaceOption,
  SecurityProfile,
} from '#cri/messages.gen.ts'
import { join } from 'node:path'
import { podText } from './names.ts'

/** Whom the image runs as by itself. */
export interface ImageUser {
  readonly uid: number | undefined
  readonly username: string
}

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
]
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']

/** The container's own context over the pod's. */
export function effectiveContext(pod: Pod, container: Container): SecurityContext {
  const { runAsUser, runAsGroup, runAsNonRoot, seLinuxOptions, seccompProfile, appArmorProfile } =
    pod.spec.securityContext ?? {}
  const fromPod: SecurityContext = {
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(runAsNonRoot === undefined ? {} : { runAsNonRoot }),
    ...(seLinuxOptions === undefined ? {} : { seLinuxOptions }),
    ...(seccompProfile === undefined ? {} : { seccompProfile }),
    ...(appArmorProfile === undefined ? {} : { appArmorProfile }),
  }
  return { ...fromPod, ...container.securityContext }
}

/** Why the container must not run as the user it would run as; undefined when it may. */
export function nonRootProblem(
  pod: Pod,
  container: Container,
  image: ImageUser,
): string | undefined {
  const context = effectiveContext(pod, container)
  if (context.runAsNonRoot !== true) return undefined
  const where = `(pod: "${podText(pod)}", container: ${container.name})`
  if (context.runAsUser !== undefined) {
    return context.runAsUser === 0
      ? `container's runAsUser breaks non-root policy ${where}`
      : undefined
  }
  if (image.username !== '') {
    return `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`
  }
  return (image.uid ?? 0) === 0
    ? `container has runAsNonRoot and image will run as root ${where}`
    : undefined
}

export interface SecurityOptions {
  /** Where `localhost` seccomp profiles lie. */
  readonly seccompFolder: string
  /** The container whose processes an ephemeral container sees. */
  readonly targetId?: string | undefined
}

export function containerSecurity(
  pod: Pod,
  container: Container,
  image: ImageUser,
  options: SecurityOptions,
): Input<LinuxContainerSecurityContext> {
  const context = effectiveContext(pod, container)
  const { runAsUser, runAsGroup } = context
  const uid = runAsUser ?? image.uid
  const unmasked = context.procMount === 'Unmasked'
  return {
    capabilities: {
      addCapabilities: context.capabilities?.add ?? [],
      dropCapabilities: context.capabilities?.drop ?? [],
    },
    privileged: context.privileged ?? false,
    readonlyRootfs: context.readOnlyRootFilesystem ?? false,
    noNewPrivs: context.allowPrivilegeEscalation === false,
    namespaceOptions: containerNamespaces(pod, options.targetId),
    ...(uid === undefined ? {} : { runAsUser: { value: uid } }),
    ...(uid === undefined && image.username !== '' ? { runAsUsername: image.username } : {}),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    ...groups(pod),
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    seccomp: seccomp(context, options.seccompFolder),
    ...(context.appArmorProfile === undefined ? {} : { apparmor: appArmor(context) }),
    ...(context.seLinuxOptions === undefined ? {} : { selinuxOptions: context.seLinuxOptions }),
  }
}

export function sandboxSecurity(
  pod: Pod,
  seccompFolder: string,
): Input<LinuxSandboxSecurityContext> {
  const { runAsUser, runAsGroup, seLinuxOptions, seccompProfile } = pod.spec.securityContext ?? {}
  const privileged = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some(
    ({ securityContext }) => securityContext?.privileged === true,
  )
  return {
    namespaceOptions: namespaces(pod),
    privileged,
    ...(runAsUser === undefined ? {} : { runAsUser: { value: runAsUser } }),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    ...groups(pod),
    ...(seLinuxOptions === undefined ? {} : { selinuxOptions: seLinuxOptions }),
    seccomp:
      seccompProfile === undefined
        ? { profileType: 'RuntimeDefault' }
        : seccomp({ seccompProfile }, seccompFolder),
  }
}

function groups(pod: Pod) {
  const {
    fsGroup,
    supplementalGroups = [],
    supplementalGroupsPolicy,
  } = pod.spec.securityContext ?? {}
  return {
    supplementalGroups: [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups],
    supplementalGroupsPolicy:
      supplementalGroupsPolicy === 'Strict' ? ('Strict' as const) : ('Merge' as const),
  }
}

export function namespaces(pod: Pod): Input<NamespaceOption> {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec
  return {
    network: hostNetwork === true ? 'NODE' : 'POD',
    pid: hostPID === true ? 'NODE' : shareProcessNamespace === true ? 'POD' : 'CONTAINER',
    ipc: hostIPC === true ? 'NODE' : 'POD',
  }
}

function containerNamespaces(pod: Pod, targetId: string | undefined): Input<NamespaceOption> {
  const own = namespaces(pod)
  // A target means nothing where all processes are seen anyway.
  return targetId === undefined || own.pid !== 'CONTAINER'
    ? own
    : { ...own, pid: 'TARGET', targetId }
}

function seccomp(
  { privileged, seccompProfile }: SecurityContext,
  folder: string,
): Input<SecurityProfile> {
  if (privileged === true) return { profileType: 'Unconfined' }
  switch (seccompProfile?.type) {
    case 'RuntimeDefault':
      return { profileType: 'RuntimeDefault' }
    case 'Localhost':
      return {
        profileType: 'Localhost',
        localhostRef: join(folder, seccompProfile.localhostProfile ?? ''),
      }
    default:
      return { profileType: 'Unconfined' }
  }
}

function appArmor({ appArmorProfile }: SecurityContext): Input<SecurityProfile> {
  switch (appArmorProfile?.type) {
    case 'Localhost':
      return { profileType: 'Localhost', localhostRef: appArmorProfile.localhostProfile ?? '' }
    case 'Unconfined':
      return { profileType: 'Unconfined' }
    default:
      return { profileType: 'RuntimeDefault' }
  }
}

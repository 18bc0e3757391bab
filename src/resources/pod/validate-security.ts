/** Upstream: pkg/apis/core/validation/validation.go, ValidateSecurityContext and the pod's own. */
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '#api/core/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '#api/meta/field-error.ts'
import { checkInRange, checkSupported, empty, type Errors } from '#resources/checks/checks.ts'
import { checkDescendingPath } from '#resources/checks/paths.ts'
import { checkWindowsOptions } from './validate-windows.ts'

const ids = { min: 0, max: 2 ** 31 - 1 }

export function checkSecurityContext(
  context: SecurityContext,
  hostUsers: boolean,
  path: string,
  errors: Errors,
): void {
  checkInRange(context.runAsUser, ids, `${path}.runAsUser`, errors)
  checkInRange(context.runAsGroup, ids, `${path}.runAsGroup`, errors)
  checkSupported(context.procMount, ['Default', 'Unmasked'], `${path}.procMount`, errors)
  if (hostUsers && context.procMount === 'Unmasked') {
    errors.push(
      invalidValue(
        `${path}.procMount`,
        context.procMount,
        '`hostUsers` must be false to use `Unmasked`',
      ),
    )
  }
  if (context.seccompProfile !== undefined) {
    checkSeccomp(context.seccompProfile, `${path}.seccompProfile`, errors)
  }
  checkEscalation(context, path, errors)
  if (context.windowsOptions !== undefined) {
    checkWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors)
  }
  if (context.appArmorProfile !== undefined) {
    checkAppArmor(context.appArmorProfile, `${path}.appArmorProfile`, errors)
  }
}

function checkEscalation(context: SecurityContext, path: string, errors: Errors): void {
  if (context.allowPrivilegeEscalation !== false) return
  if (context.privileged === true) {
    errors.push(
      invalidValue(
        path,
        context,
        'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ),
    )
  }
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== 'CAP_SYS_ADMIN') continue
    errors.push(
      invalidValue(
        path,
        context,
        'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
      ),
    )
  }
}

export function checkPodSecurityContext(spec: PodSpec, path: string, errors: Errors): void {
  const context = spec.securityContext
  if (context === undefined) return
  checkInRange(context.fsGroup, ids, `${path}.fsGroup`, errors)
  checkInRange(context.runAsUser, ids, `${path}.runAsUser`, errors)
  checkInRange(context.runAsGroup, ids, `${path}.runAsGroup`, errors)
  context.supplementalGroups?.forEach((group, at) => {
    checkInRange(group, ids, `${path}.supplementalGroups[${at}]`, errors)
  })
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    errors.push(
      invalidValue(
        `${path}.shareProcessNamespace`,
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    )
  }
  if (context.sysctls !== undefined) checkSysctls(spec, context.sysctls, `${path}.sysctls`, errors)
  checkPolicies(context, path, errors)
}

function checkPolicies(context: PodSecurityContext, path: string, errors: Errors): void {
  checkSupported(
    context.fsGroupChangePolicy,
    ['Always', 'OnRootMismatch'],
    `${path}.fsGroupChangePolicy`,
    errors,
  )
  if (context.seccompProfile !== undefined) {
    checkSeccomp(context.seccompProfile, `${path}.seccompProfile`, errors)
  }
  if (context.windowsOptions !== undefined) {
    checkWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors)
  }
  if (context.appArmorProfile !== undefined) {
    checkAppArmor(context.appArmorProfile, `${path}.appArmorProfile`, errors)
  }
  checkSupported(
    context.supplementalGroupsPolicy,
    ['Merge', 'Strict'],
    `${path}.supplementalGroupsPolicy`,
    errors,
  )
  checkSupported(
    context.seLinuxChangePolicy,
    ['MountOption', 'Recursive'],
    `${path}.seLinuxChangePolicy`,
    errors,
  )
}

const sysctlNameMax = 253
const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
const sysctlName = new RegExp(sysctlPattern)

function checkSysctls(
  spec: PodSpec,
  sysctls: NonNullable<PodSecurityContext['sysctls']>,
  path: string,
  errors: Errors,
): void {
  const names = new Set<string>()
  sysctls.forEach((sysctl, at) => {
    const name = sysctl.name ?? ''
    const here = `${path}[${at}].name`
    if (name === '') errors.push(required(here, ''))
    else if (name.length > sysctlNameMax || !sysctlName.test(name)) {
      errors.push(
        invalidValue(
          here,
          name,
          `must have at most ${sysctlNameMax} characters and match regex ${sysctlPattern}`,
        ),
      )
    } else if (names.has(name)) errors.push(duplicate(here, name))
    names.add(name)
    checkHostSysctl(spec, name, here, errors)
  })
}

const ipcSysctl = /^(?:kernel[./](?:shm.*|msg.*|sem)|fs[./]mqueue[./].*)$/

/** What belongs to a namespace cannot be set when that namespace is the host's. */
function checkHostSysctl(spec: PodSpec, name: string, path: string, errors: Errors): void {
  if (spec.hostNetwork === true && /^net[./]/.test(name)) {
    errors.push(invalidValue(path, name, "may not be specified when 'hostNetwork' is true"))
  } else if (spec.hostIPC === true && ipcSysctl.test(name)) {
    errors.push(invalidValue(path, name, "may not be specified when 'hostIPC' is true"))
  }
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function checkSeccomp(profile: SeccompProfile, path: string, errors: Errors): void {
  if (empty(profile.type)) {
    errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'))
  } else checkSupported(profile.type, profileTypes, `${path}.type`, errors)
  const { localhostProfile } = profile
  if (profile.type !== 'Localhost') {
    if (localhostProfile === undefined) return
    errors.push(
      invalidValue(
        `${path}.localhostProfile`,
        profile,
        'can only be set when seccomp type is Localhost',
      ),
    )
  } else if (localhostProfile === undefined) {
    errors.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'))
  } else checkDescendingPath(localhostProfile, `${path}.localhostProfile`, errors)
}

const profilePathMax = 4095

function checkAppArmor(profile: AppArmorProfile, path: string, errors: Errors): void {
  const { type, localhostProfile } = profile
  const here = `${path}.localhostProfile`
  if (empty(type)) {
    errors.push(required(`${path}.type`, 'type is required when appArmorProfile is set'))
  } else if (!profileTypes.includes(type)) {
    errors.push(notSupported(`${path}.type`, type, profileTypes))
  } else if (type !== 'Localhost') {
    if (localhostProfile !== undefined) {
      errors.push(
        invalidValue(here, localhostProfile, 'can only be set when AppArmor type is Localhost'),
      )
    }
  } else if (localhostProfile === undefined || localhostProfile === '') {
    errors.push(required(here, 'must be set when AppArmor type is Localhost'))
  } else if (localhostProfile.trim() !== localhostProfile) {
    errors.push(invalidValue(here, localhostProfile, 'must not be padded with whitespace'))
  } else if (localhostProfile.length > profilePathMax) {
    errors.push(tooLong(here, localhostProfile, profilePathMax))
  }
}

/** User namespaces and the host's other namespaces do not go together. */
export function checkHostUsers(spec: PodSpec, path: string, errors: Errors): void {
  if (spec.hostUsers !== false) return
  const detail = 'when `hostUsers` is false'
  if (spec.hostNetwork === true) errors.push(forbiddenField(`${path}.hostNetwork`, detail))
  if (spec.hostPID === true) errors.push(forbiddenField(`${path}.hostPID`, detail))
  if (spec.hostIPC === true) errors.push(forbiddenField(`${path}.hostIPC`, detail))
  for (const field of ['containers', 'initContainers'] as const) {
    spec[field]?.forEach((container, at) => {
      if ((container.volumeDevices ?? []).length === 0) return
      errors.push(forbiddenField(`${path}.${field}[${at}].volumeDevices`, detail))
    })
  }
}

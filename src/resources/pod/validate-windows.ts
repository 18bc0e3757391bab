/** What Windows pods may and may not say. Upstream: pkg/apis/core/validation/validation.go, validateWindows. */
import type {
  Container,
  PodSpec,
  SecurityContext,
  WindowsSecurityContextOptions,
} from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import { checkSupported, refuse, type Errors } from '#resources/checks/checks.ts'
import { containersOf } from './defaults.ts'

const credentialSpecBytesMax = 64 * 1024
const domainMax = 256
const userMax = 104

export function checkWindowsOptions(
  options: WindowsSecurityContextOptions,
  path: string,
  errors: Errors,
): void {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options
  if (gmsaCredentialSpecName !== undefined) {
    const messages = validateDns1123Subdomain(gmsaCredentialSpecName)
    refuse(errors, `${path}.gmsaCredentialSpecName`, gmsaCredentialSpecName, messages)
  }
  if (gmsaCredentialSpec !== undefined) {
    const here = `${path}.gmsaCredentialSpec`
    if (gmsaCredentialSpec === '') {
      errors.push(
        invalidValue(here, gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'),
      )
    } else if (gmsaCredentialSpec.length > credentialSpecBytesMax) {
      errors.push(
        invalidValue(here, gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 64 KiB'),
      )
    }
  }
  if (runAsUserName !== undefined) {
    for (const detail of wrongUserName(runAsUserName)) {
      errors.push(invalidValue(`${path}.runAsUserName`, runAsUserName, detail))
    }
  }
}

// oxlint-disable-next-line no-control-regex -- control characters are what it refuses
const control = /[\u0000-\u001f\u007f]/
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const dnsDomain = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`)

function* wrongUserName(name: string): Generator<string> {
  const parts = name.split('\\')
  if (name === '') yield 'runAsUserName cannot be an empty string'
  else if (control.test(name)) yield 'runAsUserName cannot contain control characters'
  else if (parts.length > 2) yield 'runAsUserName cannot contain more than one backslash'
  else {
    const domain = parts.length === 2 ? (parts[0] as string) : undefined
    if (domain !== undefined) yield* wrongDomain(domain)
    yield* wrongUser(parts.at(-1) as string)
  }
}

function* wrongDomain(domain: string): Generator<string> {
  if (domain.length >= domainMax) {
    yield `runAsUserName's Domain length must be under ${domainMax} characters`
  }
  if (!netBios.test(domain) && !dnsDomain.test(domain)) {
    yield "runAsUserName's Domain doesn't match the NetBios nor the DNS format"
  }
}

function* wrongUser(user: string): Generator<string> {
  if (user === '') yield "runAsUserName's User cannot be empty"
  else if (user.length > userMax) {
    yield `runAsUserName's User length must not be longer than ${userMax} characters`
  }
  if (/^[. ]+$/.test(user)) yield "runAsUserName's User cannot contain only periods or spaces"
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    yield `runAsUserName's User cannot contain the following characters: "/\\:;|=,+*?<>@[]`
  }
}

/** Each container with its path, all three kinds. */
function* containersWithPaths(spec: PodSpec, path: string): Generator<[Container, string]> {
  for (const field of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [at, container] of (spec[field] ?? []).entries()) {
      yield [container, `${path}.${field}[${at}]`]
    }
  }
}

/** Host processes: all containers of a pod or none, and in the host's network. */
export function checkHostProcesses(spec: PodSpec, path: string, errors: Errors): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  if (ofPod === undefined && !containersOf(spec).some(hasWindowsOptions)) return
  let containers = 0
  let hostProcesses = 0
  for (const [container, here] of containersWithPaths(spec, path)) {
    containers += 1
    const own = container.securityContext?.windowsOptions?.hostProcess
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      errors.push(
        invalidValue(
          `${here}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
        ),
      )
    }
    if (own ?? ofPod) hostProcesses += 1
  }
  if (hostProcesses === 0) return
  if (hostProcesses !== containers) {
    errors.push(
      invalidValue(
        path,
        '',
        'If pod contains any hostProcess containers then all containers must be HostProcess containers',
      ),
    )
  }
  if (spec.hostNetwork !== true) {
    errors.push(
      invalidValue(
        `${path}.hostNetwork`,
        false,
        'hostNetwork must be true if pod contains any hostProcess containers',
      ),
    )
  }
}

function hasWindowsOptions(container: Container): boolean {
  return container.securityContext?.windowsOptions !== undefined
}

/** What the named operating system has no notion of. */
export function checkOs(spec: PodSpec, path: string, errors: Errors): void {
  if (spec.os === undefined) return
  const before = errors.length
  if ((spec.os.name ?? '') === '') errors.push(required(`${path}.os.name`, 'cannot be empty'))
  else checkSupported(spec.os.name, ['linux', 'windows'], `${path}.os`, errors)
  if (errors.length > before) return
  if (spec.os.name === 'linux') forbidWindowsOptions(spec, path, errors)
  else forbidLinuxOptions(spec, path, errors)
}

function forbidWindowsOptions(spec: PodSpec, path: string, errors: Errors): void {
  const detail = 'windows options cannot be set for a linux pod'
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, detail))
  }
  for (const [container, here] of containersWithPaths(spec, path)) {
    if (container.securityContext?.windowsOptions !== undefined) {
      errors.push(forbiddenField(`${here}.securityContext.windowsOptions`, detail))
    }
  }
}

const linuxOnlyOfPod = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const

const linuxOnlyOfPodContext = [
  ...(['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'fsGroup'] as const),
  ...(['fsGroupChangePolicy', 'sysctls', 'runAsUser', 'runAsGroup'] as const),
  ...(['supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'] as const),
]

const linuxOnlyOfContainer: readonly (keyof SecurityContext)[] = [
  ...(['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities'] as const),
  ...(['readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation'] as const),
  ...(['procMount', 'runAsUser', 'runAsGroup'] as const),
]

function forbidLinuxOptions(spec: PodSpec, path: string, errors: Errors): void {
  const detail = 'cannot be set for a windows pod'
  for (const field of linuxOnlyOfPodContext) {
    if (spec.securityContext?.[field] === undefined) continue
    errors.push(forbiddenField(`${path}.securityContext.${field}`, detail))
  }
  for (const field of linuxOnlyOfPod) {
    if (
      spec[field] === undefined ||
      (field.startsWith('host') && field !== 'hostUsers' && !spec[field])
    )
      continue
    errors.push(forbiddenField(`${path}.${field}`, detail))
  }
  for (const [container, here] of containersWithPaths(spec, path)) {
    for (const field of linuxOnlyOfContainer) {
      if (container.securityContext?.[field] === undefined) continue
      errors.push(forbiddenField(`${here}.securityContext.${field}`, detail))
    }
  }
}

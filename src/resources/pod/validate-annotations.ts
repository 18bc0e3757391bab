/** Annotations of pods that mean something. Upstream: ValidatePodSpecificAnnotations and its updates. */
import type { Container, Pod, PodSpec, SeccompProfile } from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue } from '#api/meta/field-error.ts'
import type { Errors } from '#resources/checks/checks.ts'
import { checkDescendingPath } from '#resources/checks/paths.ts'
import { containersOf } from './defaults.ts'

type Annotations = Readonly<Record<string, string>>

const mirror = 'kubernetes.io/config.mirror'
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
const seccompOfPod = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompOfContainer = 'container.seccomp.security.alpha.kubernetes.io/'
const appArmorOfContainer = 'container.apparmor.security.beta.kubernetes.io/'

export function checkPodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  if (annotations === undefined) return
  const mirrored = annotations[mirror]
  if (mirrored !== undefined && (spec.nodeName ?? '') === '') {
    const detail = 'must set spec.nodeName if mirror pod annotation is set'
    errors.push(invalidValue(`${path}[${mirror}]`, mirrored, detail))
  }
  const cost = annotations[deletionCost]
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(invalidValue(`${path}[${deletionCost}]`, cost, 'must be a 32bit integer'))
  }
  for (const key in annotations) {
    const value = annotations[key] as string
    if (key === seccompOfPod || key.startsWith(seccompOfContainer)) {
      checkSeccompText(value, `${path}.${key}`, errors)
    } else if (key.startsWith(appArmorOfContainer)) {
      checkAppArmorText(key, value, spec, `${path}[${key}]`, errors)
    }
  }
}

/** Without a plus sign or leading zeros, as Go's atoi wants deletion costs. */
function isInt32(text: string): boolean {
  if (!/^(?:0|-?[1-9]\d{0,9})$/.test(text)) return false
  return Math.abs(Number(text) + 0.5) < 2 ** 31
}

function checkSeccompText(profile: string, path: string, errors: Errors): void {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return
  if (profile.startsWith('localhost/')) {
    checkDescendingPath(profile.slice('localhost/'.length), path, errors)
  } else errors.push(invalidValue(path, profile, 'must be a valid seccomp profile'))
}

function checkAppArmorText(
  key: string,
  profile: string,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  const container = key.slice(appArmorOfContainer.length)
  if (!containersOf(spec).some(({ name }) => name === container)) {
    errors.push(invalidValue(path, container, 'container not found'))
  }
  if (['', 'runtime/default', 'unconfined'].includes(profile)) return
  if (profile.startsWith('localhost/')) return
  errors.push(
    invalidValue(path, profile, `invalid AppArmor profile name: ${JSON.stringify(profile)}`),
  )
}

/** Where an annotation and a field say the same thing, they must agree. */
export function checkAnnotationsAgree(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  if (annotations === undefined) return
  const ofPod = spec.securityContext?.seccompProfile
  const text = annotations[seccompOfPod]
  if (ofPod !== undefined && text !== undefined) {
    checkProfilesAgree('seccomp', text, ofPod, `${path}.securityContext.seccompProfile`, errors)
  }
  for (const field of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    spec[field]?.forEach((container, at) => {
      const here = `${path}.${field}[${at}].securityContext`
      checkContainerAgrees(annotations, spec, container, here, errors)
    })
  }
}

function checkContainerAgrees(
  annotations: Annotations,
  spec: PodSpec,
  container: Container,
  path: string,
  errors: Errors,
): void {
  const seccomp = container.securityContext?.seccompProfile
  const seccompText = annotations[seccompOfContainer + container.name]
  if (seccomp !== undefined && seccompText !== undefined) {
    checkProfilesAgree('seccomp', seccompText, seccomp, `${path}.seccompProfile`, errors)
  }
  if (spec.os?.name === 'windows') return
  const appArmor =
    container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile
  const appArmorText = annotations[appArmorOfContainer + container.name]
  if (appArmor !== undefined && appArmorText !== undefined) {
    checkProfilesAgree('apparmor', appArmorText, appArmor, `${path}.appArmorProfile`, errors)
  }
}

function checkProfilesAgree(
  kind: 'seccomp' | 'apparmor',
  text: string,
  profile: SeccompProfile,
  path: string,
  errors: Errors,
): void {
  const local = 'localhost/'
  const sameType = {
    Unconfined: text === 'unconfined',
    RuntimeDefault: text === 'runtime/default' || (kind === 'seccomp' && text === 'docker/default'),
    Localhost: text.startsWith(local),
  }[profile.type]
  if (sameType === false) {
    errors.push(forbiddenField(`${path}.type`, `${kind} type in annotation and field must match`))
  } else if (
    profile.type === 'Localhost' &&
    text.slice(local.length) !== profile.localhostProfile
  ) {
    errors.push(
      forbiddenField(
        `${path}.localhostProfile`,
        `${kind} profile in annotation and field must match`,
      ),
    )
  }
}

export function checkAnnotationsUpdate(next: Pod, prior: Pod, errors: Errors): void {
  const path = 'metadata.annotations'
  const after = next.metadata.annotations ?? {}
  const before = prior.metadata.annotations ?? {}
  for (const key in before) {
    if (after[key] === before[key]) continue
    const fixed = fixedAnnotation(key)
    if (fixed !== undefined) {
      errors.push(forbiddenField(`${path}[${key}]`, `may not remove or update ${fixed}`))
    }
  }
  for (const key in after) {
    const fixed = before[key] === undefined ? fixedAnnotation(key) : undefined
    if (fixed !== undefined) errors.push(forbiddenField(`${path}[${key}]`, `may not add ${fixed}`))
  }
  checkPodAnnotations(next.metadata.annotations, next.spec, path, errors)
}

function fixedAnnotation(key: string): string | undefined {
  if (key.startsWith(appArmorOfContainer)) return 'AppArmor annotations'
  return key === mirror ? 'mirror pod annotation' : undefined
}

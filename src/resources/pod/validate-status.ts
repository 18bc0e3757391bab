/** Upstream: pkg/apis/core/validation/validation.go, ValidatePodStatusUpdate. */
import type { ContainerStatus, Pod, PodSpec, PodStatus } from '#api/core/v1.gen.ts'
import { duplicate, forbiddenField, invalidValue, type FieldError } from '#api/meta/field-error.ts'
import {
  checkNotNegative,
  checkQualifiedName,
  checkSubdomain,
  empty,
  type Errors,
} from '#resources/checks/checks.ts'
import { checkIp, isDualStack } from '#resources/checks/ip.ts'
import { checkAnnotationsUpdate } from './validate-annotations.ts'
import { isSidecar } from './validate-init-containers.ts'

export function validatePodStatusUpdate(next: Pod, prior: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  const status = next.status ?? {}
  const before = prior.status ?? {}
  checkAnnotationsUpdate(next, prior, errors)
  checkConditions(status, errors)
  if ((next.spec.nodeName ?? '') !== (prior.spec.nodeName ?? '')) {
    errors.push(forbiddenField('status.nodeName', 'may not be changed directly'))
  }
  const nominated = status.nominatedNodeName
  if (!empty(nominated) && nominated !== before.nominatedNodeName) {
    checkSubdomain(nominated, 'status.nominatedNodeName', errors)
  }
  checkNotNegative(status.observedGeneration, 'status.observedGeneration', errors)
  checkTransitions(status, before, prior.spec, errors)
  checkClaimStatuses(status, next.spec, errors)
  checkIps(
    (status.podIPs ?? []).map(({ ip }) => ip),
    'status.podIPs',
    errors,
  )
  checkHostIps(status, errors)
  return errors
}

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized'])

function checkConditions(status: PodStatus, errors: Errors): void {
  status.conditions?.forEach(({ type }, at) => {
    if (systemConditions.has(type)) return
    checkQualifiedName(type ?? '', `metadata.conditions[${at}].Type`, errors)
  })
}

/** What has ended for good may not come to life again. */
function checkTransitions(next: PodStatus, prior: PodStatus, spec: PodSpec, errors: Errors): void {
  const regular = (name: string): boolean =>
    spec.containers.some((container) => container.name === name && restartsAlone(container))
  const init = (name: string): boolean =>
    spec.initContainers?.some(
      (container) => container.name === name && (isSidecar(container) || restartsAlone(container)),
    ) ?? false
  checkNotRevived(
    { next: next.containerStatuses, prior: prior.containerStatuses },
    { policy: spec.restartPolicy, mayRestart: regular },
    'status.containerStatuses',
    errors,
  )
  checkNotRevived(
    { next: next.initContainerStatuses, prior: prior.initContainerStatuses },
    { policy: spec.restartPolicy, mayRestart: init },
    'status.initContainerStatuses',
    errors,
  )
  checkNotRevived(
    { next: next.ephemeralContainerStatuses, prior: prior.ephemeralContainerStatuses },
    { policy: 'Never', mayRestart: () => false },
    'status.ephemeralContainerStatuses',
    errors,
  )
}

/** A container with a restart policy or rules of its own. */
function restartsAlone(container: PodSpec['containers'][number]): boolean {
  return container.restartPolicy !== undefined && container.restartPolicy !== 'Never'
    ? true
    : (container.restartPolicyRules ?? []).length > 0
}

interface Statuses {
  readonly next: readonly ContainerStatus[] | undefined
  readonly prior: readonly ContainerStatus[] | undefined
}

function checkNotRevived(
  statuses: Statuses,
  rule: { readonly policy: string | undefined; mayRestart(name: string): boolean },
  path: string,
  errors: Errors,
): void {
  if (rule.policy === 'Always') return
  statuses.prior?.forEach((before, at) => {
    const ended = before.state?.terminated
    if (ended === undefined) return
    if (ended.exitCode !== 0 && rule.policy === 'OnFailure') return
    if (rule.mayRestart(before.name)) return
    const after = statuses.next?.find(({ name }) => name === before.name)
    if (after === undefined || after.state?.terminated !== undefined) return
    errors.push(
      forbiddenField(`${path}[${at}].state`, 'may not be transitioned to non-terminated state'),
    )
  })
}

function checkClaimStatuses(status: PodStatus, spec: PodSpec, errors: Errors): void {
  const seen = new Set<string>()
  status.resourceClaimStatuses?.forEach(({ name, resourceClaimName }, at) => {
    const here = `status.resourceClaimStatuses[${at}].name`
    if (!spec.resourceClaims?.some((claim) => claim.name === name)) {
      const detail = 'must match the name of an entry in `spec.resourceClaims`'
      errors.push(invalidValue(here, name, detail))
    }
    if (seen.has(name)) errors.push(duplicate(here, name))
    seen.add(name)
    if (resourceClaimName !== undefined) checkSubdomain(resourceClaimName, here, errors)
  })
}

/** Valid, different, and at most one of each family. */
function checkIps(ips: readonly string[], path: string, errors: Errors): void {
  ips.forEach((ip, at) => checkIp(ip ?? '', `${path}[${at}]`, errors))
  if (ips.length < 2) return
  if (ips.length > 2 || !isDualStack(ips)) {
    const shown = ips.map((ip) => ({ ip }))
    errors.push(invalidValue(path, shown, 'may specify no more than one IP for each IP family'))
  }
  ips.forEach((ip, at) => {
    if (ips.indexOf(ip) < at) errors.push(duplicate(`${path}[${at}]`, { ip }))
  })
}

function checkHostIps(status: PodStatus, errors: Errors): void {
  const ips = (status.hostIPs ?? []).map(({ ip }) => ip)
  if (ips.length === 0) return
  if (status.hostIP !== ips[0]) {
    errors.push(invalidValue('status.hostIPs[0].ip', ips[0], 'must be equal to `hostIP`'))
  }
  checkIps(ips, 'status.hostIPs', errors)
}

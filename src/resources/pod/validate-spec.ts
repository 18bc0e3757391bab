/** Upstream: pkg/apis/core/validation/validation.go, ValidatePodSpec, ValidatePodTemplateSpec. */
import type { PodSpec, PodTemplateSpec } from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import { validateDns1123Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import {
  checkAnnotations,
  checkEnum,
  checkInRange,
  checkLabels,
  checkQualifiedName,
  empty,
  refuse,
  type Errors,
} from '#resources/checks/checks.ts'
import { checkAffinity } from './validate-affinity.ts'
import { checkAnnotationsAgree, checkPodAnnotations } from './validate-annotations.ts'
import { checkContainers, type ContainerScope } from './validate-containers.ts'
import { checkEphemeralContainers, checkInitContainers } from './validate-init-containers.ts'
import { checkDnsConfig, checkHostAliases, checkHostNetworkPorts } from './validate-network.ts'
import { checkPodResources, checkResources } from './validate-resources.ts'
import {
  checkResourceClaims,
  checkSchedulingGates,
  checkTolerations,
  checkTopologySpread,
} from './validate-scheduling.ts'
import { checkHostUsers, checkPodSecurityContext } from './validate-security.ts'
import { checkVolumes, type VolumeOwner } from './validate-volumes.ts'
import { checkHostProcesses, checkOs } from './validate-windows.ts'

const inTemplate: VolumeOwner = { podName: '', isPod: false }

export function checkPodTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  errors: Errors,
): void {
  const metadata = template?.metadata ?? {}
  const spec = template?.spec ?? { containers: [] }
  checkLabels(metadata.labels, `${path}.labels`, errors)
  checkAnnotations(metadata.annotations, `${path}.annotations`, errors)
  checkPodAnnotations(metadata.annotations, spec, `${path}.annotations`, errors)
  checkPodSpec(spec, inTemplate, `${path}.spec`, errors)
  checkAnnotationsAgree(metadata.annotations, spec, `${path}.spec`, errors)
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(
      forbiddenField(
        `${path}.spec.ephemeralContainers`,
        'ephemeral containers not allowed in pod template',
      ),
    )
  }
}

export function checkPodSpec(
  spec: PodSpec,
  owner: VolumeOwner,
  path: string,
  errors: Errors,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) {
    errors.push(required(`${path}.terminationGracePeriodSeconds`, ''))
  }
  const volumes = checkVolumes(spec, owner, `${path}.volumes`, errors)
  if (spec.resourceClaims !== undefined) {
    checkResourceClaims(spec, `${path}.resourceClaims`, errors)
  }
  const claimNames = (spec.resourceClaims ?? []).map(({ name }) => name)
  const scope: ContainerScope = { spec, volumes, claimNames }
  checkContainers(scope, `${path}.containers`, errors)
  checkInitContainers(scope, `${path}.initContainers`, errors)
  checkEphemeralContainers(scope, `${path}.ephemeralContainers`, errors)
  if (spec.resources !== undefined) checkPodResources(spec.resources, `${path}.resources`, errors)
  checkHostNetworkPorts(spec, owner.isPod, path, errors)
  checkPolicies(spec, path, errors)
  checkLabels(spec.nodeSelector, `${path}.nodeSelector`, errors)
  checkPodSecurityContext(spec, `${path}.securityContext`, errors)
  if (spec.affinity !== undefined) checkAffinity(spec.affinity, `${path}.affinity`, errors)
  checkDnsConfig(spec, `${path}.dnsConfig`, errors)
  checkGates(spec, path, errors)
  checkHostProcesses(spec, path, errors)
  checkHostUsers(spec, path, errors)
  checkReferences(spec, path, errors)
  checkNaming(spec, path, errors)
  checkRest(spec, path, errors)
}

const restartPolicies = ['Always', 'OnFailure', 'Never']
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']

function checkPolicies(spec: PodSpec, path: string, errors: Errors): void {
  checkEnum(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`, errors)
  checkEnum(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`, errors)
}

function checkGates(spec: PodSpec, path: string, errors: Errors): void {
  spec.readinessGates?.forEach(({ conditionType }, at) => {
    checkQualifiedName(conditionType ?? '', `${path}.readinessGates[${at}].conditionType`, errors)
  })
  if (spec.schedulingGates !== undefined) {
    checkSchedulingGates(spec.schedulingGates, `${path}.schedulingGates`, errors)
  }
  if (spec.topologySpreadConstraints !== undefined) {
    const here = `${path}.topologySpreadConstraints`
    checkTopologySpread(spec.topologySpreadConstraints, here, errors)
  }
}

/** Names of other objects. */
function checkReferences(spec: PodSpec, path: string, errors: Errors): void {
  for (const field of ['serviceAccountName', 'nodeName'] as const) {
    const name = spec[field]
    if (empty(name)) continue
    const messages = validateDns1123Subdomain(name)
    if (messages.length > 0) refuse(errors, `${path}.${field}`, name, messages)
  }
}

const deadlineSeconds = { min: 1, max: 2 ** 31 - 1 }
const hostnameOverrideMax = 64

function checkNaming(spec: PodSpec, path: string, errors: Errors): void {
  checkInRange(spec.activeDeadlineSeconds, deadlineSeconds, `${path}.activeDeadlineSeconds`, errors)
  for (const field of ['hostname', 'subdomain'] as const) {
    const name = spec[field]
    if (!empty(name)) refuse(errors, `${path}.${field}`, name, validateDns1123Label(name))
  }
  if (spec.hostnameOverride === undefined) return
  const here = `${path}.hostnameOverride`
  const name = spec.hostnameOverride
  refuse(errors, here, name, validateDns1123Subdomain(name))
  if (name.length > hostnameOverrideMax) {
    errors.push({
      type: 'TooLong',
      field: here,
      detail: `may not be more than ${hostnameOverrideMax} bytes`,
    })
  }
  if (spec.hostNetwork === true) {
    const detail = 'hostnameOverride is not allowed when hostNetwork is true'
    errors.push(invalidValue(here, name, detail))
  }
  if (spec.setHostnameAsFQDN === true) {
    const detail = 'hostnameOverride is not allowed when setHostnameAsFQDN is true'
    errors.push(invalidValue(here, name, detail))
  }
}

function checkRest(spec: PodSpec, path: string, errors: Errors): void {
  if (spec.tolerations !== undefined) {
    checkTolerations(spec.tolerations, `${path}.tolerations`, errors)
  }
  if (spec.hostAliases !== undefined) {
    checkHostAliases(spec.hostAliases, `${path}.hostAliases`, errors)
  }
  if (!empty(spec.priorityClassName)) {
    const messages = validateDns1123Subdomain(spec.priorityClassName)
    refuse(errors, `${path}.priorityClassName`, spec.priorityClassName, messages)
  }
  if (spec.runtimeClassName !== undefined) {
    const messages = validateDns1123Subdomain(spec.runtimeClassName)
    refuse(errors, `${path}.runtimeClassName`, spec.runtimeClassName, messages)
  }
  if (spec.preemptionPolicy !== undefined) {
    const policies = ['PreemptLowerPriority', 'Never']
    checkEnum(spec.preemptionPolicy, policies, `${path}.preemptionPolicy`, errors)
  }
  if (spec.overhead !== undefined) {
    checkResources({ limits: spec.overhead }, [], `${path}.overhead`, errors)
  }
  checkOs(spec, path, errors)
}

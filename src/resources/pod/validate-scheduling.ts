/** Tolerations, topology spread, gates. Upstream: pkg/apis/core/validation/validation.go. */
import type {
  PodSchedulingGate,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from '#api/core/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '#api/meta/field-error.ts'
import { validateDns1123Label, validateLabelValue, validateQualifiedName } from '#api/meta/names.ts'
import {
  checkQualifiedName,
  checkSubdomain,
  checkSupported,
  empty,
  positive,
  refuse,
  type Errors,
} from '#resources/checks/checks.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function checkTolerations(
  tolerations: readonly Toleration[],
  path: string,
  errors: Errors,
): void {
  for (let at = 0; at < tolerations.length; at += 1) {
    checkToleration(tolerations[at] as Toleration, `${path}[${at}]`, errors)
  }
}

function checkToleration(toleration: Toleration, path: string, errors: Errors): void {
  const { key, effect } = toleration
  if (!empty(key)) {
    const messages = validateQualifiedName(key)
    if (messages.length > 0) refuse(errors, `${path}.key`, key, messages)
  } else if (toleration.operator !== 'Exists') {
    errors.push(
      invalidValue(
        `${path}.operator`,
        toleration.operator ?? '',
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    )
  }
  if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(
      invalidValue(
        `${path}.effect`,
        effect ?? '',
        "effect must be 'NoExecute' when `tolerationSeconds` is set",
      ),
    )
  }
  checkOperator(toleration, `${path}.operator`, errors)
  if (!empty(effect)) checkSupported(effect, taintEffects, `${path}.effect`, errors)
}

function checkOperator(toleration: Toleration, path: string, errors: Errors): void {
  const value = toleration.value ?? ''
  switch (toleration.operator ?? '') {
    case '':
    case 'Equal': {
      const messages = validateLabelValue(value)
      if (messages.length > 0) errors.push(invalidValue(path, value, messages.join(';')))
      break
    }
    case 'Exists':
      if (value !== '') {
        const detail = "value must be empty when `operator` is 'Exists'"
        errors.push(invalidValue(path, toleration, detail))
      }
      break
    default:
      errors.push(notSupported(path, toleration.operator, ['Equal', 'Exists']))
  }
}

const spreadPolicies = ['Honor', 'Ignore']

export function checkTopologySpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  errors: Errors,
): void {
  constraints.forEach((constraint, at) => {
    const here = `${path}[${at}]`
    checkConstraint(constraint, here, errors)
    checkNotRepeated(constraint, constraints.slice(at + 1), here, errors)
    checkMinDomains(constraint, `${here}.minDomains`, errors)
    const { nodeAffinityPolicy, nodeTaintsPolicy } = constraint
    checkSupported(nodeAffinityPolicy, spreadPolicies, `${here}.nodeAffinityPolicy`, errors)
    checkSupported(nodeTaintsPolicy, spreadPolicies, `${here}.nodeTaintsPolicy`, errors)
    checkMatchLabelKeys(constraint, `${here}.matchLabelKeys`, errors)
    checkLabelSelector(constraint.labelSelector, `${here}.labelSelector`, errors)
  })
}

function checkConstraint(constraint: TopologySpreadConstraint, path: string, errors: Errors): void {
  const skew = constraint.maxSkew ?? 0
  if (skew <= 0) errors.push(invalidValue(`${path}.maxSkew`, skew, positive))
  if (empty(constraint.topologyKey)) {
    errors.push(required(`${path}.topologyKey`, 'can not be empty'))
  } else checkQualifiedName(constraint.topologyKey, `${path}.topologyKey`, errors)
  const actions = ['DoNotSchedule', 'ScheduleAnyway']
  const action = constraint.whenUnsatisfiable ?? ''
  checkSupported(action, actions, `${path}.whenUnsatisfiable`, errors)
}

function checkNotRepeated(
  constraint: TopologySpreadConstraint,
  rest: readonly TopologySpreadConstraint[],
  path: string,
  errors: Errors,
): void {
  const { topologyKey, whenUnsatisfiable } = constraint
  const repeated = rest.some(
    (other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
  )
  if (!repeated) return
  const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
  errors.push(duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, pair))
}

function checkMinDomains(constraint: TopologySpreadConstraint, path: string, errors: Errors): void {
  const { minDomains, whenUnsatisfiable } = constraint
  if (minDomains === undefined) return
  if (minDomains <= 0) errors.push(invalidValue(path, minDomains, positive))
  if (whenUnsatisfiable === 'DoNotSchedule') return
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable ?? ''}`
  errors.push(invalidValue(path, minDomains, detail))
}

function checkMatchLabelKeys(
  constraint: TopologySpreadConstraint,
  path: string,
  errors: Errors,
): void {
  const keys = constraint.matchLabelKeys ?? []
  if (keys.length === 0) return
  const selector = constraint.labelSelector
  if (selector === undefined) {
    errors.push(forbiddenField(path, 'must not be specified when labelSelector is not set'))
  }
  keys.forEach((key, at) => {
    checkQualifiedName(key, `${path}[${at}]`, errors)
    if (!Object.hasOwn(selector?.matchLabels ?? {}, key)) return
    const detail = 'exists in both matchLabelKeys and labelSelector'
    errors.push(invalidValue(`${path}[${at}]`, key, detail))
  })
}

export function checkSchedulingGates(
  gates: readonly PodSchedulingGate[],
  path: string,
  errors: Errors,
): void {
  const seen = new Set<string>()
  gates.forEach(({ name }, at) => {
    const here = `${path}[${at}]`
    checkQualifiedName(name ?? '', here, errors)
    if (seen.has(name)) errors.push(duplicate(here, name))
    seen.add(name)
  })
}

export function checkResourceClaims(spec: PodSpec, path: string, errors: Errors): void {
  const seen = new Set<string>()
  spec.resourceClaims?.forEach((claim, at) => {
    const here = `${path}[${at}]`
    if (empty(claim.name)) errors.push(required(`${here}.name`, ''))
    else if (seen.has(claim.name)) errors.push(duplicate(`${here}.name`, claim.name))
    else refuse(errors, `${here}.name`, claim.name, validateDns1123Label(claim.name))
    seen.add(claim.name)
    const { resourceClaimName, resourceClaimTemplateName } = claim
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail =
        'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
      errors.push(invalidValue(here, claim, detail))
    } else if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'
      errors.push(invalidValue(here, claim, detail))
    }
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const name = claim[field]
      if (name !== undefined) checkSubdomain(name, `${here}.${field}`, errors)
    }
  })
}

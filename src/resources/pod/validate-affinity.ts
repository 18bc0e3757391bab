/** Upstream: pkg/apis/core/validation/validation.go, validateAffinity and what it calls. */
import type { Affinity, NodeAffinity, PodAffinity, PodAffinityTerm } from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import { validateDns1123Label } from '#api/meta/names.ts'
import { checkQualifiedName, empty, refuse, type Errors } from '#resources/checks/checks.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'
import { checkNodeSelector, checkNodeSelectorTerm } from '#resources/checks/node-selector.ts'

const requiredTerms = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferredTerms = 'preferredDuringSchedulingIgnoredDuringExecution'

export function checkAffinity(affinity: Affinity, path: string, errors: Errors): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity
  if (nodeAffinity !== undefined) checkNodeAffinity(nodeAffinity, `${path}.nodeAffinity`, errors)
  if (podAffinity !== undefined) checkPodAffinity(podAffinity, `${path}.podAffinity`, errors)
  if (podAntiAffinity !== undefined) {
    checkPodAffinity(podAntiAffinity, `${path}.podAntiAffinity`, errors)
  }
}

function checkNodeAffinity(affinity: NodeAffinity, path: string, errors: Errors): void {
  const selector = affinity[requiredTerms]
  if (selector !== undefined) checkNodeSelector(selector, `${path}.${requiredTerms}`, errors)
  affinity[preferredTerms]?.forEach((term, at) => {
    const here = `${path}.${preferredTerms}[${at}]`
    checkWeight(term.weight, here, errors)
    checkNodeSelectorTerm(term.preference ?? {}, `${here}.preference`, errors)
  })
}

function checkWeight(weight: number | undefined, path: string, errors: Errors): void {
  const value = weight ?? 0
  if (value > 0 && value <= 100) return
  errors.push(invalidValue(`${path}.weight`, value, 'must be in the range 1-100'))
}

/** Affinity and anti-affinity are alike. */
function checkPodAffinity(affinity: PodAffinity, path: string, errors: Errors): void {
  affinity[requiredTerms]?.forEach((term, at) => {
    checkTerm(term, `${path}.${requiredTerms}[${at}]`, errors)
  })
  affinity[preferredTerms]?.forEach((weighted, at) => {
    const here = `${path}.${preferredTerms}[${at}]`
    checkWeight(weighted.weight, here, errors)
    const term = weighted.podAffinityTerm ?? { topologyKey: '' }
    checkTerm(term, `${here}.podAffinityTerm`, errors)
  })
}

function checkTerm(term: PodAffinityTerm, path: string, errors: Errors): void {
  checkLabelSelector(term.labelSelector, `${path}.labelSelector`, errors)
  checkLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors)
  for (const name of term.namespaces ?? []) {
    refuse(errors, `${path}.namespace`, name, validateDns1123Label(name))
  }
  checkLabelKeys(term, path, errors)
  const key = term.topologyKey ?? ''
  if (key === '') errors.push(required(`${path}.topologyKey`, 'can not be empty'))
  checkQualifiedName(key, `${path}.topologyKey`, errors)
}

function checkLabelKeys(term: PodAffinityTerm, path: string, errors: Errors): void {
  const { matchLabelKeys, mismatchLabelKeys, labelSelector } = term
  for (const field of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = term[field] ?? []
    if (keys.length > 0 && labelSelector === undefined) {
      errors.push(
        forbiddenField(`${path}.${field}`, 'must not be specified when labelSelector is not set'),
      )
    } else keys.forEach((key, at) => checkQualifiedName(key, `${path}.${field}[${at}]`, errors))
  }
  if (matchLabelKeys === undefined) return
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}))
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const at = matchLabelKeys.indexOf(key)
    if (at >= 0 && selected.has(key)) {
      const detail = 'exists in both matchLabelKeys and labelSelector'
      errors.push(invalidValue(`${path}[${at}]`, key, detail))
    }
    selected.add(key)
  }
  matchLabelKeys.forEach((key, at) => {
    if (mismatchLabelKeys?.includes(key) !== true || empty(key)) return
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys'
    errors.push(invalidValue(`${path}.matchLabelKeys[${at}]`, key, detail))
  })
}

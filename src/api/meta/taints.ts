/**
 * Taints of nodes and the tolerations of pods.
 * Upstream: staging/src/k8s.io/component-helpers/scheduling/corev1/helpers.go, api/core/v1/toleration.go.
 */
import type { Taint, Toleration } from '#api/core/v1.gen.ts'

/** An empty key with Exists tolerates every key, an empty effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect = '', key = '', operator = '', value = '' } = toleration
  if (effect !== '' && effect !== taint.effect) return false
  if (key !== '' && key !== taint.key) return false
  switch (operator) {
    case '':
    case 'Equal':
      return value === (taint.value ?? '')
    case 'Exists':
      return true
    default:
      return false
  }
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[] | undefined): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) === true
}

/** The first taint that `consider` admits and that nothing tolerates. */
export function findUntoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  consider: (taint: Taint) => boolean = () => true,
): Taint | undefined {
  return taints?.find((taint) => consider(taint) && !isTolerated(taint, tolerations))
}

/** Same key and effect: what makes two taints the same one. */
export function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect
}

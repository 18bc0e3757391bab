/**
 * When a namespace's level gets stricter, pods that are already there go on, with a warning.
 * Upstream: staging/src/k8s.io/pod-security-admission/admission/admission.go, EvaluatePodsInNamespace.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { violations } from './evaluate.ts'
import { formatLevel } from './policy.ts'
import type { LevelVersion } from './policy.ts'

/** A namespace may have any number of pods; upstream looks at as many. */
const podsMax = 3000

export function warnOfExisting(
  request: AdmissionRequest,
  pods: readonly Pod[],
  level: LevelVersion,
): void {
  const byText = new Map<string, string[]>()
  for (const { metadata, spec } of pods.slice(0, podsMax).toSorted(byName)) {
    const found = spec && violations({ metadata, spec }, level)
    if (found === undefined) continue
    const names = byText.get(found) ?? []
    byText.set(found, [...names, metadata.name])
  }
  if (byText.size === 0) return
  const namespace = JSON.stringify(request.object?.metadata.name ?? '')
  request.warn(
    `existing pods in namespace ${namespace} violate the new PodSecurity enforce level ${JSON.stringify(formatLevel(level))}`,
  )
  for (const [text, names] of [...byText].toSorted(byFirstName)) {
    request.warn(`${who(names)}: ${text}`)
  }
}

function byName(a: Pod, b: Pod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1
}

function byFirstName([, [a = '']]: [string, string[]], [, [b = '']]: [string, string[]]): number {
  return a < b ? -1 : 1
}

/** `a`, `a (and 1 other pod)`, `a (and 2 other pods)` */
function who([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return first
  return `${first} (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})`
}

/** Upstream: staging/src/k8s.io/pod-security-admission/admission/admission.go, isSignificantPodUpdate. */
import type { Pod } from '#api/core/v1.gen.ts'
import { containersOf } from './check.ts'

const watchedAnnotations = [
  'container.apparmor.security.beta.kubernetes.io/',
  'container.seccomp.security.alpha.kubernetes.io/',
  'seccomp.security.alpha.kubernetes.io/pod',
]

/** Whether an update changes what a level may look at: containers, their images, profiles. */
export function isSignificant(pod: Pod, prior: Pod): boolean {
  return fingerprint(pod) !== fingerprint(prior)
}

function fingerprint({ metadata, spec }: Pod): string {
  const images =
    spec === undefined ? [] : containersOf(spec).map(({ name, image }) => [name, image])
  const profiles = Object.entries(metadata.annotations ?? {})
    .filter(([key]) => watchedAnnotations.some((prefix) => key.startsWith(prefix)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([images, profiles])
}

/** What a pod asks for and this kubelet cannot give: it is refused by name, never left out. */
import type { Container, Pod } from '#api/core/v1.gen.ts'

/** What the runtime says of itself, where it says anything. */
export interface RuntimeAbilities {
  readonly supplementalGroupsPolicy: boolean
}

/** Undefined when all is supported. */
export function unsupported(pod: Pod, runtime: RuntimeAbilities): string | undefined {
  const { spec } = pod
  if (spec.hostUsers === false) return 'hostUsers: false (user namespaces)'
  if ((spec.resourceClaims ?? []).length > 0) return 'resourceClaims'
  if (
    spec.securityContext?.supplementalGroupsPolicy === 'Strict' &&
    !runtime.supplementalGroupsPolicy
  ) {
    return 'supplementalGroupsPolicy: Strict (the container runtime)'
  }
  const containers: readonly Container[] = [...spec.containers, ...(spec.initContainers ?? [])]
  for (const { name, restartPolicyRules = [], volumeMounts = [], env = [] } of containers) {
    if (restartPolicyRules.some(({ action }) => action !== 'Restart')) {
      return `restartPolicyRules other than Restart (container ${name})`
    }
    if (volumeMounts.some(({ recursiveReadOnly }) => recursiveReadOnly === 'Enabled')) {
      return `recursiveReadOnly: Enabled (container ${name})`
    }
    if (env.some(({ valueFrom }) => valueFrom?.fileKeyRef !== undefined)) {
      return `fileKeyRef (container ${name})`
    }
  }
  return undefined
}

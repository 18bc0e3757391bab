/** Upstream: plugin/pkg/admission/defaulttolerationseconds/admission.go. */
import type { Pod, Toleration } from '#api/core/v1.gen.ts'
import { pods } from '#api/resources.gen.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { isAbout } from './refusal.ts'

const defaultSeconds = 300

/** Pods stay on a node that fails for a while, in case it comes back. */
export function defaultTolerationSeconds({ tolerationSeconds }: AdmissionDeps): AdmissionPlugin {
  const seconds = {
    'node.kubernetes.io/not-ready': tolerationSeconds?.notReady ?? defaultSeconds,
    'node.kubernetes.io/unreachable': tolerationSeconds?.unreachable ?? defaultSeconds,
  }
  return {
    name: 'DefaultTolerationSeconds',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') && isAbout(request, pods),
    admit({ object }) {
      const { spec } = object as Pod
      if (spec === undefined) return
      const have = spec.tolerations ?? []
      const lacking = Object.entries(seconds).filter(
        ([key]) => !have.some((toleration) => concerns(toleration, key)),
      )
      if (lacking.length === 0) return
      const added = lacking.map(([key, tolerationSeconds]) => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds,
      }))
      spec.tolerations = [...have, ...added]
    },
  }
}

function concerns({ key = '', effect = '' }: Toleration, taint: string): boolean {
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '')
}

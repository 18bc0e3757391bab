/** The scale subresource of kinds with a label selector. Upstream: pkg/registry/apps, scaleFromDeployment. */
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import type { LabelSelector } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { ScaleRow } from './resource.ts'

interface Scalable extends ApiObject {
  spec?: { replicas?: number; selector?: LabelSelector }
  status?: { replicas?: number }
}

export function selectorScale<T extends Scalable>(): ScaleRow<T> {
  return {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    setReplicas(object, replicas) {
      ;(object.spec ??= {}).replicas = replicas
    },
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => labelSelectorMatcher(spec?.selector).toString(),
  }
}

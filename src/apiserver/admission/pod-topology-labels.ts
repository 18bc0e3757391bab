/**
 * Pods learn where they run: region and zone of their node become labels of theirs.
 * Upstream: plugin/pkg/admission/podtopologylabels/admission.go.
 */
import type { Binding, Pod } from '#api/core/v1.gen.ts'
import { nodes, pods } from '#api/resources.gen.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isOf } from './refusal.ts'

const copied = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'] as const

export function podTopologyLabels({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    handles: (request) => request.operation === 'CREATE' && isOf(request, pods),
    admit(request) {
      const node = objects().get(nodes, '', nodeOf(request))
      if (node === undefined || request.object === undefined) return
      const all = node.metadata.labels ?? {}
      const found = copied.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]]))
      if (found.length === 0) return
      const { metadata } = request.object
      metadata.labels = { ...metadata.labels, ...Object.fromEntries(found) }
    },
  }
}

/** '' when the request puts the pod on no node. */
function nodeOf({ subresource, object }: AdmissionRequest): string {
  if (subresource === '') return (object as Pod).spec?.nodeName ?? ''
  if (subresource !== 'binding') return ''
  const { target } = object as Binding
  return target?.kind === 'Node' ? (target.name ?? '') : ''
}

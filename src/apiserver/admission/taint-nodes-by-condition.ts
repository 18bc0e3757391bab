/** Upstream: plugin/pkg/admission/nodetaint/admission.go. */
import type { Node } from '#api/core/v1.gen.ts'
import { nodes } from '#api/resources.gen.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { isAbout } from './refusal.ts'

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

/** A new node takes no pods until the node controller has seen it ready. */
export function taintNodesByCondition(): AdmissionPlugin {
  return {
    name: 'TaintNodesByCondition',
    handles: (request) => request.operation === 'CREATE' && isAbout(request, nodes),
    admit({ object }) {
      const node = object as Node
      const taints = node.spec?.taints ?? []
      if (taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) {
        return
      }
      node.spec = { ...node.spec, taints: [...taints, { ...notReady }] }
    },
  }
}

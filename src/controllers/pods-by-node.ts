import type { Pod } from '#api/core/v1.gen.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { StartedInformer } from '#client/start-informer.ts'

const nodeIndex = 'node'

/** Declares the index that `podsOn` reads. */
export function indexByNode(informer: StartedInformer<Pod>): void {
  informer.addIndex(nodeIndex, ({ spec }) => (spec.nodeName ? [spec.nodeName] : []))
}

/** The pods bound to the node. Needs `indexByNode`. */
export function podsOn(pods: ReadonlyStore<Pod>, nodeName: string): readonly Pod[] {
  return pods.byIndex(nodeIndex, nodeName)
}

/**
 * What the scheduler believes of the cluster: nodes, the pods on them, and pods it has placed but not yet
 * seen bound ("assumed"). A cycle is synchronous, so it reads this state itself: there is no snapshot.
 */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { NodeInfo } from './node-info.ts'
import { podInfo, type PodInfo } from './pod-info.ts'

export class ClusterState {
  readonly #nodes = new Map<string, NodeInfo>()
  /** Nodes that exist, in the order of arrival: a stable list to go round. */
  #list: NodeInfo[] = []
  /** Pod uid → node name. */
  readonly #placed = new Map<string, string>()
  readonly #assumed = new Map<string, { readonly pod: Pod; readonly untilMs: number }>()
  readonly #nominated = new Map<string, { readonly info: PodInfo; readonly nodeName: string }>()
  readonly #imageNodes = new Map<string, number>()
  readonly #affineNodes = new Set<NodeInfo>()
  /** Labels by namespace, for terms that select namespaces. */
  readonly namespaceLabels = new Map<string, Readonly<Record<string, string>>>()

  get nodes(): readonly NodeInfo[] {
    return this.#list
  }

  node(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name)
    return info?.node === undefined ? undefined : info
  }

  /** Nodes with pods that have affinity to other pods. */
  get affineNodes(): ReadonlySet<NodeInfo> {
    return this.#affineNodes
  }

  /** How many nodes have the image. */
  nodesWithImage(image: string): number {
    return this.#imageNodes.get(image) ?? 0
  }

  setNode(node: Node): void {
    const info = this.#entry(node.metadata.name)
    if (info.node === undefined) this.#list.push(info)
    this.#countImages(info, -1)
    info.node = node
    this.#countImages(info, 1)
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (info === undefined) return
    this.#countImages(info, -1)
    info.node = undefined
    this.#list = this.#list.filter((other) => other !== info)
    if (info.pods.size === 0) this.#nodes.delete(name)
  }

  /** A pod that has a node: bound, running, or terminating; also confirms an assumed one. */
  setPod(pod: Pod): void {
    const uid = pod.metadata.uid
    const before = this.#placed.get(uid)
    if (before !== undefined && before !== pod.spec.nodeName) this.#unplace(pod, before)
    this.#assumed.delete(uid)
    this.#place(podInfo(pod), pod.spec.nodeName ?? '')
  }

  removePod(pod: Pod): void {
    const at = this.#placed.get(pod.metadata.uid)
    this.#assumed.delete(pod.metadata.uid)
    if (at !== undefined) this.#unplace(pod, at)
  }

  /** Counts the pod on the node until its binding is seen, fails, or `untilMs` passes. */
  assume(info: PodInfo, nodeName: string, untilMs: number): void {
    this.#assumed.set(info.pod.metadata.uid, { pod: info.pod, untilMs })
    this.#place(info, nodeName)
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid)
  }

  /** The binding failed: the room is free again. */
  forget(pod: Pod): void {
    if (!this.#assumed.delete(pod.metadata.uid)) return
    const at = this.#placed.get(pod.metadata.uid)
    if (at !== undefined) this.#unplace(pod, at)
  }

  /** For trying out: as if the pod were gone. `putBack` must follow. */
  takeOff(info: PodInfo, node: NodeInfo): void {
    node.remove(info.pod)
    if (node.affinePods.size === 0) this.#affineNodes.delete(node)
  }

  putBack(info: PodInfo, node: NodeInfo): void {
    node.add(info)
    if (node.affinePods.size > 0) this.#affineNodes.add(node)
  }

  /** Room on a node that victims are leaving for this pod: pods that matter less may not take it. */
  nominate(info: PodInfo, nodeName: string): void {
    this.#nominated.set(info.pod.metadata.uid, { info, nodeName })
  }

  denominate(uid: string): void {
    this.#nominated.delete(uid)
  }

  /** Pods that wait for room on the node and matter at least as much as `info`. */
  nominatedBefore(info: PodInfo, nodeName: string): readonly PodInfo[] {
    if (this.#nominated.size === 0) return []
    const priority = info.pod.spec.priority ?? 0
    return [...this.#nominated.values()]
      .filter(
        (each) =>
          each.nodeName === nodeName && each.info.pod.metadata.uid !== info.pod.metadata.uid,
      )
      .filter((each) => (each.info.pod.spec.priority ?? 0) >= priority)
      .map((each) => each.info)
  }

  forgetExpired(nowMs: number): readonly Pod[] {
    const expired = [...this.#assumed.values()].filter(({ untilMs }) => untilMs <= nowMs)
    for (const { pod } of expired) this.forget(pod)
    return expired.map(({ pod }) => pod)
  }

  #entry(name: string): NodeInfo {
    let info = this.#nodes.get(name)
    if (info === undefined) {
      info = new NodeInfo(name)
      this.#nodes.set(name, info)
    }
    return info
  }

  #place(info: PodInfo, nodeName: string): void {
    this.#placed.set(info.pod.metadata.uid, nodeName)
    const node = this.#entry(nodeName)
    node.add(info)
    if (node.affinePods.size > 0) this.#affineNodes.add(node)
  }

  #unplace(pod: Pod, nodeName: string): void {
    this.#placed.delete(pod.metadata.uid)
    const info = this.#nodes.get(nodeName)
    info?.remove(pod)
    if (info?.affinePods.size === 0) this.#affineNodes.delete(info)
    if (info !== undefined && info.node === undefined && info.pods.size === 0)
      this.#nodes.delete(nodeName)
  }

  #countImages(info: NodeInfo, sign: 1 | -1): void {
    for (const image of info.images.keys()) {
      const count = (this.#imageNodes.get(image) ?? 0) + sign
      if (count > 0) this.#imageNodes.set(image, count)
      else this.#imageNodes.delete(image)
    }
  }
}

/** A node and the sum of what runs on it, kept up to date pod by pod: nothing is added up twice. */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { accumulate, amountsOf, type Amounts, type HostPort, type PodInfo } from './pod-info.ts'

export class NodeInfo {
  readonly name: string
  #node: Node | undefined
  #allocatable = amountsOf(undefined)
  #images = new Map<string, number>()
  readonly requested: Amounts = { cpuMillis: 0, memoryBytes: 0, ephemeralStorageBytes: 0 }
  readonly nonZero = { cpuMillis: 0, memoryBytes: 0 }
  readonly pods = new Map<string, PodInfo>()
  /** Pods with affinity to (or against) other pods: few, and asked about every new pod. */
  readonly affinePods = new Map<string, PodInfo>()

  constructor(name: string) {
    this.name = name
  }

  /** A label of the node; undefined: it has none of that key. */
  label(key: string): string | undefined {
    return this.#node?.metadata.labels?.[key]
  }

  /** Undefined: pods are known to run there, but the node itself has not been seen. */
  get node(): Node | undefined {
    return this.#node
  }

  set node(node: Node | undefined) {
    this.#node = node
    this.#allocatable = amountsOf(node?.status?.allocatable)
    this.#images = new Map()
    for (const { names = [], sizeBytes = 0 } of node?.status?.images ?? []) {
      for (const name of names) this.#images.set(name, sizeBytes)
    }
  }

  get allocatable(): Readonly<Amounts & { pods: number }> {
    return this.#allocatable
  }

  /** Image name → bytes. */
  get images(): ReadonlyMap<string, number> {
    return this.#images
  }

  add(info: PodInfo): void {
    this.remove(info.pod)
    this.pods.set(info.pod.metadata.uid, info)
    const { podAffinity, podAntiAffinity } = info.affinity ?? {}
    if (podAffinity !== undefined || podAntiAffinity !== undefined) {
      this.affinePods.set(info.pod.metadata.uid, info)
    }
    this.#count(info, 1)
  }

  remove(pod: Pod): void {
    const known = this.pods.get(pod.metadata.uid)
    if (known === undefined) return
    this.pods.delete(pod.metadata.uid)
    this.affinePods.delete(pod.metadata.uid)
    this.#count(known, -1)
  }

  /** Whether a pod here holds a port that collides with the wanted one. */
  portTaken(wanted: HostPort): boolean {
    for (const { hostPorts } of this.pods.values()) {
      for (const { ip, protocol, port } of hostPorts) {
        if (port !== wanted.port || protocol !== wanted.protocol) continue
        if (ip === wanted.ip || ip === '0.0.0.0' || wanted.ip === '0.0.0.0') return true
      }
    }
    return false
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    accumulate(this.requested, info.requests, sign)
    this.nonZero.cpuMillis += sign * info.nonZero.cpuMillis
    this.nonZero.memoryBytes += sign * info.nonZero.memoryBytes
  }
}

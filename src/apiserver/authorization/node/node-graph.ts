/**
 * Which node may read which object, because a pod that is bound to it names the object.
 * Upstream: plugin/pkg/auth/authorizer/node/{graph,graph_populator}.go. Instead of a graph that is
 * searched, each node counts the references of its pods; volumes are followed from their claims.
 */
import type { PersistentVolume, Pod } from '#api/core/v1.gen.ts'
import { isMirrorPod } from '#api/meta/pods.ts'
import { persistentvolumes, pods, volumeattachments } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { podReferences, volumeSecrets } from '#api/core/pod-references.ts'
import type { Referenced } from '#api/core/pod-references.ts'

interface PodEntry {
  /** What of a pod can change its references. */
  readonly version: string
  readonly nodeName: string
  readonly keys: readonly string[]
}

export class NodeGraph implements Disposable {
  readonly #objects: Objects
  /** By node: how many references its pods have to each key. */
  readonly #counts = new Map<string, Map<string, number>>()
  readonly #pods = new Map<string, PodEntry>()
  /** By `namespace/name` of a secret: the names of volumes that need it. */
  readonly #volumesOfSecret = new Map<string, Set<string>>()
  readonly #secretsOfVolume = new Map<string, readonly string[]>()
  readonly #subscriptions: readonly Disposable[]

  constructor(objects: Objects) {
    this.#objects = objects
    for (const pod of objects.list(pods)) this.#setPod(pod)
    for (const volume of objects.list(persistentvolumes)) this.#setVolume(volume)
    this.#subscriptions = [
      objects.subscribe(pods, (pod, type) => {
        if (type === 'DELETED') this.#dropPod(podKey(pod))
        else this.#setPod(pod)
      }),
      objects.subscribe(persistentvolumes, (volume, type) => {
        if (type === 'DELETED') this.#dropVolume(volume.metadata.name)
        else this.#setVolume(volume)
      }),
    ]
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
  }

  /** Whether a pod of the node names the object, or a volume of such a pod needs the secret. */
  references(
    nodeName: string,
    object: { readonly type: Referenced; readonly namespace: string; readonly name: string },
  ): boolean {
    const key = `${object.namespace}/${object.name}`
    if (this.#counts.get(nodeName)?.has(`${object.type}:${key}`) === true) return true
    if (object.type !== 'secrets') return false
    const volumes = this.#volumesOfSecret.get(key)
    return volumes !== undefined && [...volumes].some((name) => this.usesVolume(nodeName, name))
  }

  /** Whether the volume is bound to a claim that a pod of the node uses. */
  usesVolume(nodeName: string, name: string): boolean {
    const claim = this.#objects.get(persistentvolumes, '', name)?.spec?.claimRef
    if (claim === undefined) return false
    const key = `persistentvolumeclaims:${claim.namespace ?? ''}/${claim.name ?? ''}`
    return this.#counts.get(nodeName)?.has(key) === true
  }

  isAttachedTo(nodeName: string, attachment: string): boolean {
    const object = this.#objects.get(volumeattachments, '', attachment)
    return object?.spec.nodeName === nodeName
  }

  runsPod(nodeName: string, namespace: string, name: string): boolean {
    return this.#objects.get(pods, namespace, name)?.spec?.nodeName === nodeName
  }

  #setPod(pod: Pod): void {
    const key = podKey(pod)
    const version = versionOf(pod)
    if (this.#pods.get(key)?.version === version) return
    this.#dropPod(key)
    const nodeName = pod.spec?.nodeName ?? ''
    // A node makes its mirror pods itself: what they name proves nothing.
    if (nodeName === '' || isMirrorPod(pod)) return
    const namespace = pod.metadata.namespace ?? ''
    const keys = podReferences(pod).map(({ type, name }) => `${type}:${namespace}/${name}`)
    this.#pods.set(key, { version, nodeName, keys })
    let counts = this.#counts.get(nodeName)
    if (counts === undefined) this.#counts.set(nodeName, (counts = new Map()))
    for (const one of keys) counts.set(one, (counts.get(one) ?? 0) + 1)
  }

  #dropPod(key: string): void {
    const entry = this.#pods.get(key)
    if (entry === undefined) return
    this.#pods.delete(key)
    const counts = this.#counts.get(entry.nodeName)
    for (const one of entry.keys) {
      const left = (counts?.get(one) ?? 0) - 1
      if (left > 0) counts?.set(one, left)
      else counts?.delete(one)
    }
    if (counts?.size === 0) this.#counts.delete(entry.nodeName)
  }

  #setVolume(volume: PersistentVolume): void {
    const { name } = volume.metadata
    this.#dropVolume(name)
    const secrets = volumeSecrets(volume)
    if (secrets.length === 0) return
    this.#secretsOfVolume.set(name, secrets)
    for (const secret of secrets) {
      const volumes = this.#volumesOfSecret.get(secret)
      if (volumes === undefined) this.#volumesOfSecret.set(secret, new Set([name]))
      else volumes.add(name)
    }
  }

  #dropVolume(name: string): void {
    for (const secret of this.#secretsOfVolume.get(name) ?? []) {
      const volumes = this.#volumesOfSecret.get(secret)
      volumes?.delete(name)
      if (volumes?.size === 0) this.#volumesOfSecret.delete(secret)
    }
    this.#secretsOfVolume.delete(name)
  }
}

/** The rest of a pod's spec never changes; most changes of pods are of their status. */
function versionOf({ metadata, spec, status }: Pod): string {
  const ephemeral = spec?.ephemeralContainers?.length ?? 0
  const claims = status?.resourceClaimStatuses?.length ?? 0
  return `${metadata.uid} ${spec?.nodeName ?? ''} ${ephemeral} ${claims}`
}

function podKey({ metadata }: Pod): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

/** Upstream: plugin/pkg/admission/noderestriction/admission.go, admitPodCreate. */
import type { Pod } from '#api/core/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { isMirrorPod } from '#api/meta/pods.ts'
import { notFound } from '#api/meta/status.ts'
import { nodes } from '#api/resources.gen.ts'
import { podReferences } from '#api/core/pod-references.ts'
import type { Referenced } from '#api/core/pod-references.ts'
import type { AdmissionDeps } from './create-admission.ts'

/** Why the node may not create the pod: only an image of one it runs itself, which names nothing. */
export function judgeMirrorPod(
  deps: AdmissionDeps,
  nodeName: string,
  pod: Pod,
): string | undefined {
  const node = goQuote(nodeName)
  if (!isMirrorPod(pod)) {
    return `pod does not have "kubernetes.io/config.mirror" annotation, node ${node} can only create mirror pods`
  }
  if (pod.spec?.nodeName !== nodeName) {
    return `node ${node} can only create pods with spec.nodeName set to itself`
  }
  return judgeOwner(deps, nodeName, pod) ?? judgeReferences(node, pod)
}

function judgeOwner({ objects }: AdmissionDeps, nodeName: string, pod: Pod): string | undefined {
  const node = goQuote(nodeName)
  const owners = pod.metadata.ownerReferences ?? []
  const [owner] = owners
  if (owners.length > 1) {
    return `node ${node} can only create pods with a single owner reference set to itself`
  }
  if (
    owner === undefined ||
    owner.apiVersion !== 'v1' ||
    owner.kind !== 'Node' ||
    owner.name !== nodeName
  ) {
    return `node ${node} can only create pods with an owner reference set to itself`
  }
  if (owner.controller !== true) {
    return `node ${node} can only create pods with a controller owner reference set to itself`
  }
  if (owner.blockOwnerDeletion === true) {
    return `node ${node} must not set blockOwnerDeletion on an owner reference`
  }
  const own = objects().get(nodes, '', nodeName)
  if (own === undefined) throw notFound(nodes, nodeName)
  if (owner.uid === own.metadata.uid) return undefined
  return `node ${nodeName} UID mismatch: expected ${owner.uid} got ${own.metadata.uid}`
}

const words: readonly (readonly [Referenced, string])[] = [
  ['serviceaccounts', 'a service account'],
  ['secrets', 'secrets'],
  ['configmaps', 'configmaps'],
  ['persistentvolumeclaims', 'persistentvolumeclaims'],
  ['resourceclaims', 'resourceclaims'],
]

function judgeReferences(node: string, pod: Pod): string | undefined {
  const named = new Set(podReferences(pod).map(({ type }) => type))
  const first = words.find(([type]) => named.has(type))
  if (first !== undefined) return `node ${node} can not create pods that reference ${first[1]}`
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? [])
  return sources.some((source) => source.clusterTrustBundle !== undefined)
    ? `node ${node} can not create pods that reference clustertrustbundles`
    : undefined
}

/**
 * A kubelet writes only what is its own: its node, its pods' status, its mirror pods, its lease.
 * Upstream: plugin/pkg/admission/noderestriction/admission.go.
 */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import type { Eviction } from '#api/policy/v1.gen.ts'
import type { ResourceSlice } from '#api/resource/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { notFound } from '#api/meta/status.ts'
import {
  certificatesigningrequests,
  csinodes,
  leases,
  nodes,
  persistentvolumeclaims,
  pods,
  resourceslices,
  serviceaccounts,
} from '#api/resources.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import { nodeNameOf } from '#apiserver/authorization/node/node-authorizer.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import { readRequest } from './certificates.ts'
import type { AdmissionDeps } from './create-admission.ts'
import { forbiddenLabels } from './node-labels.ts'
import { judgeMirrorPod } from './node-mirror-pod.ts'
import { judgeTokenRequest } from './node-token.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isOf, refusal } from './refusal.ts'

/** Why the node may not do it; undefined: it may. */
type Judge = (
  deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
) => Promise<string | undefined> | string | undefined

const judges: readonly (readonly [ResourceType<unknown>, Judge])[] = [
  [pods, judgePod],
  [nodes, judgeNode],
  [persistentvolumeclaims, judgeClaim],
  [serviceaccounts, judgeTokenRequest],
  [leases, judgeLease],
  [csinodes, judgeCsiNode],
  [resourceslices, judgeResourceSlice],
  [certificatesigningrequests, judgeCertificateRequest],
]

export function nodeRestriction(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: (request) => nodeNameOf(request.user) !== undefined && judgeOf(request) !== undefined,
    async admit(request) {
      const nodeName = nodeNameOf(request.user) ?? ''
      if (nodeName === '') {
        throw refusal(request, `could not determine node from user ${goQuote(request.user.name)}`)
      }
      const objection = await judgeOf(request)?.(deps, nodeName, request)
      if (objection !== undefined) throw refusal(request, objection)
    },
  }
}

function judgeOf(request: AdmissionRequest): Judge | undefined {
  return judges.find(([type]) => isOf(request, type))?.[1]
}

function judgePod(
  deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  switch (request.subresource) {
    case '':
      return judgeWholePod(deps, nodeName, request)
    case 'status':
      return judgePodStatus(nodeName, request)
    case 'eviction':
      return judgeEviction(deps, nodeName, request)
    default:
      return `unexpected pod subresource ${goQuote(request.subresource)}, only 'status' and 'eviction' are allowed`
  }
}

function judgeWholePod(
  deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  const node = goQuote(nodeName)
  switch (request.operation) {
    case 'CREATE':
      return judgeMirrorPod(deps, nodeName, request.object as Pod)
    case 'DELETE':
      return existingPod(deps, request, request.name).spec?.nodeName === nodeName
        ? undefined
        : `node ${node} can only delete pods with spec.nodeName set to itself`
    default:
      return `unexpected operation ${goQuote(request.operation)}, node ${node} can only create and delete mirror pods`
  }
}

function judgePodStatus(nodeName: string, request: AdmissionRequest): string | undefined {
  const node = goQuote(nodeName)
  if (request.operation !== 'UPDATE') {
    return `unexpected operation ${goQuote(request.operation)}, node ${node} can only update pod status`
  }
  const pod = request.object as Pod
  const prior = request.prior as Pod
  if (prior.spec?.nodeName !== nodeName) {
    return `node ${node} can only update pod status for pods with spec.nodeName set to itself`
  }
  if (!sameRecord(pod.metadata.labels, prior.metadata.labels)) {
    return `node ${node} cannot update labels through pod status`
  }
  const claims = (one: Pod) => JSON.stringify(one.status?.resourceClaimStatuses ?? [])
  if (claims(pod) !== claims(prior)) return `node ${node} cannot update resource claim statues`
  return undefined
}

function judgeEviction(
  deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  if (request.operation !== 'CREATE') {
    return `unexpected operation ${request.operation}, node ${nodeName} can only create evictions`
  }
  const name = request.name || ((request.object as Eviction).metadata?.name ?? '')
  if (existingPod(deps, request, name).spec?.nodeName === nodeName) return undefined
  return `node ${nodeName} can only evict pods with spec.nodeName set to itself`
}

function existingPod(
  { objects }: AdmissionDeps,
  { namespace }: AdmissionRequest,
  name: string,
): Pod {
  const pod = objects().get(pods, namespace, name)
  if (pod === undefined) throw notFound(pods, name)
  return pod
}

function judgeNode(
  _deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  const node = request.object as Node | undefined
  const quoted = goQuote(nodeName)
  const asked = request.name || (node?.metadata.name ?? '')
  if (asked !== nodeName) return `node ${quoted} is not allowed to modify node ${goQuote(asked)}`
  if (node === undefined) return undefined
  const prior = request.prior as Node | undefined
  const labels = forbiddenLabels(node.metadata.labels, prior?.metadata.labels)
  if (node.spec?.configSource !== undefined) {
    return prior === undefined
      ? `node ${quoted} is not allowed to create pods with a non-nil configSource`
      : `node ${quoted} is not allowed to update configSource to a new non-nil configSource`
  }
  if (prior === undefined) {
    return labels.length === 0
      ? undefined
      : `node ${quoted} is not allowed to set the following labels: ${labels.join(', ')}`
  }
  if (JSON.stringify(node.spec?.taints ?? []) !== JSON.stringify(prior.spec?.taints ?? [])) {
    return `node ${quoted} is not allowed to modify taints`
  }
  if (labels.length > 0) return `is not allowed to modify labels: ${labels.join(', ')}`
  const owners = (one: Node) => JSON.stringify(one.metadata.ownerReferences ?? [])
  return owners(node) === owners(prior)
    ? undefined
    : `node ${quoted} is not allowed to modify ownerReferences`
}

function judgeClaim(
  _deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  if (request.subresource !== 'status') return 'may only update PVC status'
  if (request.operation === 'UPDATE') return undefined
  return `unexpected operation ${goQuote(request.operation)}, node ${goQuote(nodeName)} can only update PVC status`
}

function judgeLease(
  _deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  if (request.namespace !== 'kube-node-lease') {
    return 'can only access leases in the "kube-node-lease" system namespace'
  }
  return ownName(request) === nodeName
    ? undefined
    : 'can only access node lease with the same name as the requesting node'
}

function judgeCsiNode(
  _deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  return ownName(request) === nodeName
    ? undefined
    : 'can only access CSINode with the same name as the requesting node'
}

function ownName({ name, object }: AdmissionRequest): string {
  return name || (object?.metadata.name ?? '')
}

function judgeResourceSlice(
  { objects }: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  const create = request.operation === 'CREATE'
  const slice = create
    ? (request.object as ResourceSlice)
    : objects().get(resourceslices, '', request.name)
  if (slice === undefined || slice.spec.nodeName === nodeName) return undefined
  return create
    ? 'can only create ResourceSlice with the same NodeName as the requesting node'
    : `can only ${request.operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`
}

const kubeletSigners: readonly string[] = [
  'kubernetes.io/kube-apiserver-client-kubelet',
  'kubernetes.io/kubelet-serving',
]

function judgeCertificateRequest(
  _deps: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): string | undefined {
  if (request.operation !== 'CREATE' || request.subresource !== '') return undefined
  const { signerName } = (request.object as CertificateSigningRequest).spec
  if (!kubeletSigners.includes(signerName)) return undefined
  const { commonName } = readRequest(request)
  const own = `${wellKnown.nodeUserPrefix}${nodeName}`
  if (!commonName.startsWith(wellKnown.nodeUserPrefix) || commonName === own) return undefined
  return `can only create a node CSR with CN=${own}, got ${commonName}`
}

function sameRecord(
  a: Readonly<Record<string, string>> = {},
  b: Readonly<Record<string, string>> = {},
): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

/** Upstream: plugin/pkg/admission/noderestriction/admission.go, admitServiceAccount. */
import type { TokenRequest } from '#api/authentication/v1.gen.ts'
import type { Pod, Volume } from '#api/core/v1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { notFound } from '#api/meta/status.ts'
import { csidrivers, persistentvolumeclaims, persistentvolumes, pods } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionRequest } from './plugin.ts'

/** A kubelet gets tokens only for its own pods, and only for audiences that the pod asks for. */
export async function judgeTokenRequest(
  { objects, authorizer }: AdmissionDeps,
  nodeName: string,
  request: AdmissionRequest,
): Promise<string | undefined> {
  if (request.operation !== 'CREATE' || request.subresource !== 'token') return undefined
  const { spec } = request.object as unknown as TokenRequest
  const ref = spec.boundObjectRef
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) {
    return 'node requested token not bound to a pod'
  }
  if (!ref.uid) return 'node requested token with a pod binding without a uid'
  const pod = objects().get(pods, request.namespace, ref.name)
  if (pod === undefined) throw notFound(pods, ref.name)
  if (ref.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`
  }
  if (pod.spec?.nodeName !== nodeName) {
    return 'node requested token bound to a pod scheduled on a different node'
  }
  const audiences = spec.audiences ?? []
  if (audiences.length > 1) return 'node may only request 0 or 1 audiences'
  const [audience = ''] = audiences
  if (podAsksFor(objects(), pod, audience)) return undefined
  const mayAsk = await authorizer().authorize({
    user: request.user,
    verb: 'request-serviceaccounts-token-audience',
    resource: {
      group: '',
      version: '*',
      resource: audience,
      subresource: '',
      namespace: request.namespace,
      name: request.name,
    },
  })
  if (mayAsk.allowed) return undefined
  return `audience ${goQuote(audience)} not found in pod spec volume, ${request.user.name} is not authorized to request tokens for this audience`
}

function podAsksFor(objects: Objects, pod: Pod, audience: string): boolean {
  return (pod.spec?.volumes ?? []).some(
    (volume) =>
      volume.projected?.sources?.some(
        ({ serviceAccountToken }) =>
          serviceAccountToken !== undefined && (serviceAccountToken.audience ?? '') === audience,
      ) === true || driverAsksFor(objects, driverOf(objects, pod, volume), audience),
  )
}

/** The CSI driver behind a volume, also behind a claim. */
function driverOf(objects: Objects, pod: Pod, volume: Volume): string | undefined {
  if (volume.csi !== undefined) return volume.csi.driver
  const claimName =
    volume.persistentVolumeClaim?.claimName ??
    (volume.ephemeral && `${pod.metadata.name}-${volume.name}`)
  if (claimName === undefined) return undefined
  const claim = objects.get(persistentvolumeclaims, pod.metadata.namespace ?? '', claimName)
  const bound = objects.get(persistentvolumes, '', claim?.spec?.volumeName ?? '')
  return bound?.spec?.csi?.driver
}

function driverAsksFor(objects: Objects, driver: string | undefined, audience: string): boolean {
  if (driver === undefined) return false
  const requests = objects.get(csidrivers, '', driver)?.spec.tokenRequests ?? []
  return requests.some((one) => one.audience === audience)
}

/**
 * Approves the client certificates of kubelets whose owners may have them.
 * Upstream: pkg/controller/certificates/approver/sarapprove.go at v1.36.
 */
import type { SubjectAccessReview } from '#api/authorization/v1.gen.ts'
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import { certificatesigningrequests, subjectaccessreviews } from '#api/resources.gen.ts'
import { parseCertificateRequest } from '#base/certificate-request.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'
import { isDecided, isIssued } from './conditions.ts'
import { judgeKubeletClient, signerNames } from './signers.ts'

type Request = CertificateSigningRequest

interface Deps {
  readonly client: Client
  readonly requests: ReadonlyStore<Request>
}

/** Whoever may not yet have a certificate is asked about again: rights may be given meanwhile. */
const retryMs = 30_000

export const certificateApprovingController = defineController<Deps>({
  name: 'certificatesigningrequest-approving-controller',
  primary: certificatesigningrequests,
  writes: ['certificates.k8s.io/certificatesigningrequests/approval'],
  workersMax: 5,

  open: ({ client, informer }) => ({
    client,
    requests: informer(certificatesigningrequests).store,
  }),

  async reconcile(key, { client, requests }, signal) {
    const request = requests.get(key)
    if (request === undefined || isIssued(request) || isDecided(request)) return done
    const recognized = recognize(request)
    for (const { subresource, message } of recognized) {
      if (!(await mayCreate(client, request, { subresource, signal }))) continue
      const next = approved(request, message)
      const options = { subresource: 'approval', signal }
      await unlessGone(client.for(certificatesigningrequests).update(next, options))
      return done
    }
    return recognized.length === 0 ? done : { retryAfterMs: retryMs }
  },
})

interface Recognized {
  /** The right that is asked for: to create certificatesigningrequests with this subresource. */
  readonly subresource: string
  readonly message: string
}

/** What the request is, as far as somebody may have it without being asked. */
export function recognize({ spec }: Request): readonly Recognized[] {
  if (spec.signerName !== signerNames.kubeletClient) return []
  const request = parseCertificateRequest(atob(spec.request))
  if (judgeKubeletClient(request, spec.usages ?? []) !== undefined) return []
  const own = {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  }
  const any = {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  }
  return request.commonName === spec.username ? [own, any] : [any]
}

async function mayCreate(
  client: Client,
  { spec }: Request,
  { subresource, signal }: { readonly subresource: string; readonly signal: AbortSignal },
): Promise<boolean> {
  const { username, uid, groups, extra } = spec
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    verb: 'create',
    subresource,
  }
  const review = await client.for(subjectaccessreviews).create(
    {
      metadata: {},
      spec: {
        resourceAttributes,
        ...(username !== undefined && { user: username }),
        ...(uid !== undefined && { uid }),
        ...(groups !== undefined && { groups }),
        ...(extra !== undefined && { extra }),
      },
    },
    { signal },
  )
  return (review as SubjectAccessReview).status?.allowed === true
}

function approved(request: Request, message: string): Request {
  const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message }
  const conditions = [...(request.status?.conditions ?? []), condition]
  return { ...request, status: { ...request.status, conditions } }
}

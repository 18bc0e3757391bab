/**
 * Nothing is created in a namespace that does not exist or goes away, and three namespaces stay.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go.
 */
import { StatusError, notFound } from '#api/meta/status.ts'
import { namespaces } from '#api/resources.gen.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isOf, refusal } from './refusal.ts'

const immortal: readonly string[] = ['default', 'kube-system', 'kube-public']

/** Answering whether the namespace exists would tell what the reviewer may not know. */
const accessReviews: readonly string[] = ['localsubjectaccessreviews']

export function namespaceLifecycle({ objects }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: ({ operation }) => operation !== 'CONNECT',
    admit(request) {
      const { operation, name, namespace } = request
      if (isOf(request, namespaces)) {
        if (operation === 'DELETE' && request.subresource === '' && immortal.includes(name)) {
          throw refusal(request, 'this namespace may not be deleted')
        }
        return
      }
      if (namespace === '' || operation === 'DELETE') return
      if (accessReviews.includes(request.resource.plural)) return
      const home = objects().get(namespaces, '', namespace)
      if (home === undefined) throw notFound(namespaces, namespace)
      if (operation === 'CREATE' && home.status?.phase === 'Terminating') {
        throw terminating(request)
      }
    },
  }
}

function terminating(request: AdmissionRequest): StatusError {
  const { namespace } = request
  const { status } = refusal(
    request,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  return new StatusError({ ...status, details: { ...status.details, causes: [cause] } })
}

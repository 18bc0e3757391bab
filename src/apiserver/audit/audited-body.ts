/** A request's body, which is told to the audit log when a verb decodes it. */
import type { RequestBody } from '#apiserver/http/incoming.ts'
import type { RequestAudit } from './auditor.ts'

export function auditedBody(body: RequestBody, audit: RequestAudit): RequestBody {
  return {
    get raw() {
      return body.raw
    },
    async object(expected, validation) {
      const object = await body.object(expected, validation)
      audit.requested(object)
      return object
    },
    async patch() {
      const patch = await body.patch()
      audit.patched(patch.patch)
      return patch
    },
    async deleteOptions() {
      const options = await body.deleteOptions()
      if (options !== undefined) {
        audit.requested({ kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options })
      }
      return options
    },
  }
}

/** Sends conversion reviews: by URL, or to a Service at its cluster IP, over TLS that is checked. */
import { targetOf } from '#apiserver/admission/webhooks/target.ts'
import type { WebhookTransport } from '#apiserver/admission/webhooks/transport.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { PostReview } from './conversion-webhook.ts'

export function postReview(objects: Objects, transport: WebhookTransport): PostReview {
  return async (client, request) => transport.post(targetOf(client, objects), request)
}

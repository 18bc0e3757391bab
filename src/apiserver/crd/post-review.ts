/** Sends conversion reviews: by URL, or to a Service at its address or those behind it, over TLS that is checked. */
import { targetOf } from '#apiserver/admission/webhooks/target.ts'
import type { Reach } from '#apiserver/admission/webhooks/target.ts'
import type { WebhookTransport } from '#apiserver/admission/webhooks/transport.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { PostReview } from './conversion-webhook.ts'

export function postReview(
  objects: Objects,
  transport: WebhookTransport,
  reach: Reach = {},
): PostReview {
  return async (client, request) => transport.post(targetOf(client, objects, reach), request)
}

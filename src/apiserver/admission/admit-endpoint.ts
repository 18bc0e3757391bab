/** Admission for requests that an endpoint answers, not the registry: tokens, bindings, evictions. */
import type { ApiObject } from '#api/resource-type.ts'
import type { Endpoint, EndpointRequest } from '#apiserver/http/endpoint.ts'
import { judge, mutate, settle } from '#apiserver/registry/admit.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'

/**
 * Asks all plugins about the creation of `object` under the request's resource, which they may change.
 * Throws what they throw; does nothing for plain paths.
 */
export async function admitEndpoint(
  plugins: readonly AdmissionPlugin[],
  request: EndpointRequest,
  object: ApiObject,
): Promise<void> {
  const { call, name } = request
  if (call === undefined) return
  const asked: AdmissionRequest = {
    operation: 'CREATE',
    resource: call.resource,
    subresource: call.subresource,
    namespace: call.namespace,
    name,
    user: call.user,
    object,
    prior: undefined,
    dryRun: call.dryRun,
    warn: (text) => call.warn(text),
    annotate: (key, value) => call.annotate?.(key, value),
  }
  const chain = { admission: plugins }
  try {
    await mutate(chain, asked)
    await judge(chain, asked)
  } finally {
    settle(chain, asked)
  }
}

/** The endpoint, asked only when the plugins let the request's object pass. */
export function admitted(plugins: readonly AdmissionPlugin[], endpoint: Endpoint): Endpoint {
  return async (request) => {
    if (request.object !== undefined) await admitEndpoint(plugins, request, request.object)
    return endpoint(request)
  }
}

/**
 * Streams and proxies are connections: before one opens, admission is asked with what it is for.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/rest.go, ConnectResource.
 */
import type { ApiObject } from '#api/resource-type.ts'
import type { EndpointRequest, Endpoints } from '#apiserver/http/endpoint.ts'
import { judge, mutate } from '#apiserver/registry/admit.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'

type Query = URLSearchParams

const flag = (query: Query, name: string, otherwise = false): boolean => {
  const text = query.get(name)
  return text === null ? otherwise : text === '' || text === 'true' || text === '1'
}

function streams(query: Query): Record<string, unknown> {
  const container = query.get('container') ?? ''
  return {
    ...(flag(query, 'stdin') && { stdin: true }),
    ...(flag(query, 'stdout') && { stdout: true }),
    ...(flag(query, 'stderr') && { stderr: true }),
    ...(flag(query, 'tty') && { tty: true }),
    ...(container !== '' && { container }),
  }
}

const proxied = (_: Query, path: string): Record<string, unknown> => (path === '' ? {} : { path })

interface Shape {
  readonly kind: string
  fields(query: Query, path: string): Record<string, unknown>
}

/** The object of a connection by `resource/subresource`: its query, as a kind of the core group. */
const shapes: Readonly<Record<string, Shape>> = {
  'pods/exec': {
    kind: 'PodExecOptions',
    fields: (query) => ({ ...streams(query), command: query.getAll('command') }),
  },
  'pods/attach': { kind: 'PodAttachOptions', fields: streams },
  'pods/portforward': {
    kind: 'PodPortForwardOptions',
    fields: (query) => {
      const ports = query.getAll('ports').map(Number)
      return ports.length === 0 ? {} : { ports }
    },
  },
  'pods/proxy': { kind: 'PodProxyOptions', fields: proxied },
  'services/proxy': { kind: 'ServiceProxyOptions', fields: proxied },
  'nodes/proxy': { kind: 'NodeProxyOptions', fields: proxied },
}

/** The same endpoints; those that connect are asked only when the plugins let the request pass. */
export function connecting(plugins: readonly AdmissionPlugin[], endpoints: Endpoints): Endpoints {
  const admitted = <R extends EndpointRequest, A>(
    key: string,
    endpoint: (request: R) => Promise<A> | A,
  ): ((request: R) => Promise<A> | A) => {
    const shape = shapes[key]
    if (shape === undefined) return endpoint
    return async (request) => {
      await admitConnection(plugins, request, shape)
      return endpoint(request)
    }
  }
  return {
    plain: new Map(
      [...endpoints.plain].map(([key, endpoint]) => [
        key,
        admitted(key.slice(key.indexOf(' ') + 1), endpoint),
      ]),
    ),
    upgrade: new Map(
      [...endpoints.upgrade].map(([key, endpoint]) => {
        const asked = admitted(key, endpoint)
        return [key, async (request) => asked(request)]
      }),
    ),
  }
}

async function admitConnection(
  plugins: readonly AdmissionPlugin[],
  { call, name, query, subpath }: EndpointRequest,
  shape: Shape,
): Promise<void> {
  if (call === undefined) return
  const options = { kind: shape.kind, apiVersion: 'v1', ...shape.fields(query, subpath) }
  const asked: AdmissionRequest = {
    operation: 'CONNECT',
    resource: call.resource,
    subresource: call.subresource,
    namespace: call.namespace,
    name,
    user: call.user,
    object: options as unknown as ApiObject,
    prior: undefined,
    dryRun: false,
    warn: (text) => call.warn(text),
    annotate: (key, value) => call.annotate?.(key, value),
  }
  const chain = { admission: plugins }
  await mutate(chain, asked)
  await judge(chain, asked)
}

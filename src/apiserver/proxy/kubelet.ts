/** Where a pod's or node's kubelet is, and asking it. */
import { request as httpsRequest } from 'node:https'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { badRequest, genericServerResponse, internalError, notFound } from '#api/meta/status.ts'
import { nodes, pods } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'

export interface KubeletClient {
  /** PEM: who may sign the kubelets' serving certificates. */
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly objects: () => Objects
}

const limits = {
  connectTimeoutMs: 30_000,
  /** What is read of an error answer, as upstream. */
  errorBytesMax: 2048,
} as const

/** Upstream's order of --kubelet-preferred-address-types, as kubeadm sets it. */
const addressTypes = ['InternalIP', 'ExternalIP', 'Hostname'] as const
const defaultPort = 10250

export interface KubeletLocation {
  /** `https://192.0.2.7:10250` */
  readonly url: string
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
}

export function kubeletOf(client: KubeletClient, nodeName: string): KubeletLocation {
  const node = client.objects().get(nodes, '', nodeName)
  if (node === undefined) throw notFound({ group: '', resource: 'nodes' }, nodeName)
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? defaultPort
  const { ca, cert, key } = client
  return { url: `https://${bracket(addressOf(node))}:${port}`, tls: { ca, cert, key } }
}

function addressOf(node: Node): string {
  for (const wanted of addressTypes) {
    const found = node.status?.addresses?.find(({ type }) => type === wanted)
    if (found !== undefined) return found.address
  }
  throw internalError(`no preferred addresses found; known addresses: []`)
}

function bracket(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** The pod, which must be on a node. */
export function scheduledPod(
  objects: Objects,
  namespace: string,
  name: string,
): Pod & { nodeName: string } {
  const pod = objects.get(pods, namespace, name)
  if (pod === undefined) throw notFound({ group: '', resource: 'pods' }, name)
  const { nodeName } = pod.spec
  if (nodeName === undefined || nodeName === '')
    throw badRequest(`pod ${name} does not have a host assigned`)
  return { ...pod, nodeName }
}

/**
 * The container that is meant: the named one, or the only one.
 * Upstream: pkg/registry/core/pod/strategy.go, validateContainer.
 */
export function chooseContainer(pod: Pod, asked: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec
  const all = [...containers, ...initContainers, ...ephemeralContainers]
  const { name } = pod.metadata
  if (asked !== '') {
    if (all.some((container) => container.name === asked)) return asked
    throw badRequest(`container ${asked} is not valid for pod ${name}`)
  }
  const [only] = containers
  if (only !== undefined && all.length === 1) return only.name
  const names = (of: readonly { name: string }[]): string =>
    `[${of.map((each) => each.name).join(' ')}]`
  const choices = [
    `a container name must be specified for pod ${name}, choose one of: ${names(containers)}`,
  ]
  if (initContainers.length > 0)
    choices.push(`or one of the init containers: ${names(initContainers)}`)
  if (ephemeralContainers.length > 0)
    choices.push(`or one of the ephemeral containers: ${names(ephemeralContainers)}`)
  throw badRequest(choices.join(' '))
}

export interface KubeletRequest {
  readonly location: KubeletLocation
  /** With its query. */
  readonly path: string
  readonly method: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

/** Sends a request; resolves with the answer's head, its body not yet read. */
export async function askKubelet(request: KubeletRequest): Promise<IncomingMessage> {
  const { location, path, method, headers = {}, body, signal } = request
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const outgoing = httpsRequest(`${location.url}${path}`, {
    method,
    headers,
    agent: false,
    signal,
    ...location.tls,
  })
  outgoing.setTimeout(limits.connectTimeoutMs, () => {
    outgoing.destroy(new Error(`${location.url}: no answer in ${limits.connectTimeoutMs / 1000} s`))
  })
  outgoing.once('response', (answer) => {
    outgoing.setTimeout(0)
    resolve(answer)
  })
  outgoing.once('error', reject)
  if (body !== undefined) for await (const chunk of body) outgoing.write(chunk)
  outgoing.end()
  return promise.catch((error: unknown) => {
    throw internalError(
      `${method === 'GET' ? 'Get' : 'Post'} "${location.url}${path}": ${error instanceof Error ? error.message : String(error)}`,
    )
  })
}

/**
 * Turns a kubelet's refusal into the API's. Upstream: registry/generic/rest/response_checker.go.
 */
export async function refusalOf(
  answer: IncomingMessage,
  resource: { readonly resource: string; readonly name: string },
): Promise<Error> {
  const text = await readSome(answer)
  const code = answer.statusCode ?? 500
  if (code === 500) return internalError(text)
  if (code === 400) return badRequest(text)
  return genericServerResponse({
    code,
    verb: '',
    resource: { group: '', resource: resource.resource },
    name: resource.name,
    serverMessage: text,
    unexpected: true,
  })
}

async function readSome(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= limits.errorBytesMax) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, limits.errorBytesMax).trimEnd()
}

/** What the kubelet's server answers, path by path. Upstream: pkg/kubelet/server/server.go. */
import type { CriClient } from '#cri/client.ts'
import { latest, type PodRuntime } from '#kubelet/runtime/pod-runtime.ts'
import { chooseLog } from './choose-log.ts'
import { readLog, type LogOptions } from './log-file.ts'
import { ServerError, type ServedPod, type ServedPods } from './served-pods.ts'

export interface RouteDeps {
  readonly pods: ServedPods
  readonly cri: CriClient
  /** Undefined: healthy. */
  readonly unhealthy: () => string | undefined
  readonly summary: () => Promise<object>
  /** '' for /metrics itself, else what follows it; undefined: there is no such set. */
  readonly metrics: (kind: string) => Promise<string | undefined>
  readonly configuration: () => object
}

export type Answer =
  | { readonly type: 'text'; readonly text: string; readonly contentType?: string }
  | { readonly type: 'json'; readonly value: unknown }
  | { readonly type: 'stream'; readonly chunks: AsyncIterable<Uint8Array> }
  /** Go on by streaming with the runtime, at this URL. */
  | { readonly type: 'runtime'; readonly url: string }

export interface Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly signal: AbortSignal
}

/** Throws ServerError. */
export async function route(deps: RouteDeps, asked: Asked): Promise<Answer> {
  const [, first = '', ...rest] = asked.path.split('/')
  switch (first) {
    case 'healthz':
      return healthz(deps)
    case 'pods':
    case 'runningpods':
      return {
        type: 'json',
        value: { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: deps.pods.list() },
      }
    case 'configz':
      return { type: 'json', value: deps.configuration() }
    case 'metrics': {
      const text = await deps.metrics(rest.join('/'))
      if (text === undefined) break
      return { type: 'text', text, contentType: 'text/plain; version=0.0.4' }
    }
    case 'stats':
      if (rest[0] === 'summary') return { type: 'json', value: await deps.summary() }
      break
    case 'containerLogs':
      return containerLogs(deps, asked, rest)
    case 'exec':
    case 'attach':
      return { type: 'runtime', url: await execOrAttach(deps, asked, { how: first, rest }) }
    case 'portForward':
      return { type: 'runtime', url: await portForward(deps, asked, rest) }
    default:
  }
  throw new ServerError(404, '404 page not found')
}

function healthz({ unhealthy }: RouteDeps): Answer {
  const problem = unhealthy()
  if (problem !== undefined) throw new ServerError(500, problem)
  return { type: 'text', text: 'ok' }
}

function containerLogs(deps: RouteDeps, { query, signal }: Asked, rest: readonly string[]): Answer {
  const [namespace = '', name = '', container = ''] = rest
  const found = find(deps, namespace, name)
  const options = logOptions(query)
  const chosen = chooseLog(found, container, query.get('previous') === 'true')
  const { uid } = found.pod.metadata
  const current = (): PodRuntime => deps.pods.find(namespace, name)?.runtime ?? found.runtime
  const source = {
    path: chosen.logPath,
    running: () => current().containers.find(({ id }) => id === chosen.id)?.state.is === 'running',
    onChange: (fn: () => void) => deps.pods.onChange(uid, fn),
  }
  return { type: 'stream', chunks: readLog(source, options, signal) }
}

function logOptions(query: URLSearchParams): LogOptions {
  const number = (name: string): number | undefined => {
    const text = query.get(name)
    if (text === null || text === '') return undefined
    if (!/^\d+$/.test(text))
      throw new ServerError(400, `{"message": "unable to decode query: ${name} is no number"}`)
    return Number(text)
  }
  const seconds = number('sinceSeconds')
  const time = query.get('sinceTime')
  const stream = query.get('stream') ?? 'All'
  if (stream !== 'All' && stream !== 'Stdout' && stream !== 'Stderr')
    throw new ServerError(400, `unknown stream ${stream}`)
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
    sinceMs:
      seconds !== undefined
        ? performance.timeOrigin + performance.now() - seconds * 1000
        : time === null
          ? undefined
          : Date.parse(time),
    stream,
  }
}

async function execOrAttach(
  deps: RouteDeps,
  { query, signal }: Asked,
  { how, rest }: { readonly how: 'exec' | 'attach'; readonly rest: readonly string[] },
): Promise<string> {
  const [namespace = '', name = ''] = rest
  // The path may carry the pod's UID before the container.
  const container = rest.at(-1) ?? ''
  const { pod, runtime } = find(deps, namespace, name)
  const found = latest(runtime, container)
  if (found === undefined || found.state.is !== 'running') {
    throw new ServerError(404, `container not found (${JSON.stringify(container)})`)
  }
  const flag = (key: string): boolean => query.get(key) === '1' || query.get(key) === 'true'
  const tty = flag('tty')
  const streams = {
    tty,
    stdin: flag('input'),
    stdout: flag('output'),
    stderr: flag('error') && !tty,
  }
  if (!streams.stdin && !streams.stdout && !streams.stderr) {
    throw new ServerError(400, 'you must specify at least 1 of stdin, stdout, stderr')
  }
  if (how === 'attach') {
    const spec = [
      ...pod.spec.containers,
      ...(pod.spec.initContainers ?? []),
      ...(pod.spec.ephemeralContainers ?? []),
    ]
    const ownTty = spec.find((each) => each.name === container)?.tty === true
    return deps.cri.attach(
      { containerId: found.id, ...streams, tty: ownTty, stderr: flag('error') && !ownTty },
      { signal },
    )
  }
  return deps.cri.exec(
    { containerId: found.id, cmd: query.getAll('command'), ...streams },
    { signal },
  )
}

async function portForward(
  deps: RouteDeps,
  { query, signal }: Asked,
  rest: readonly string[],
): Promise<string> {
  const [namespace = '', name = ''] = rest
  const { runtime } = find(deps, namespace, name)
  const [sandbox] = runtime.sandboxes
  if (sandbox === undefined || !sandbox.ready)
    throw new ServerError(404, `pod not found (${JSON.stringify(`${name}_${namespace}`)})`)
  const port = query.getAll('port').map(Number)
  return deps.cri.portForward({ podSandboxId: sandbox.id, port }, { signal })
}

function find({ pods }: RouteDeps, namespace: string, name: string): ServedPod {
  const found = pods.find(namespace, name)
  if (found === undefined) throw new ServerError(404, `pod ${JSON.stringify(name)} not found`)
  return found
}

/** Our kubectl in this process, with an API server and a node whose kubelet is a fake. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { formatYaml } from '#api/yaml.ts'
import { systemClock } from '#base/system-clock.ts'
import { buildKubeconfig, embeddedEntry } from '#bootstrap/kubeconfig/kubeconfig.ts'
import type { Transport } from '#client/transport.ts'
import type { Io, Terminal } from '#kubectl/io.ts'
import { runKubectl } from '#kubectl/main.ts'
import { master, startTestApiServer } from './api-server.ts'
import { startFakeKubelet } from './kubelet.ts'
import type { FakeKubelet } from './kubelet.ts'

export interface KubectlWorld extends AsyncDisposable {
  readonly kubelet: FakeKubelet
  readonly transport: Transport
  /** A folder of the test's own; containers work in `container` inside it. */
  readonly home: string
  start(argv: readonly string[], options?: StartOptions): RunningKubectl
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Default: standard input is a pipe. */
  readonly terminal?: { columns: number; rows: number }
}

export interface RunningKubectl {
  readonly stdin: PassThrough
  stdout: string
  stderr: string
  readonly code: Promise<number>
  /** Whether the terminal passes keys as they are typed. */
  isRaw: boolean
  interrupt(): void
  resize(columns: number, rows: number): void
  /** Resolves when what it has printed matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
}

export async function startKubectlWorld(): Promise<KubectlWorld> {
  await using started = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'kubectl-world-'))
  started.defer(() => rm(home, { recursive: true }))
  const { server, pki } = started.use(await startTestApiServer())
  const folder = join(home, 'container')
  await mkdir(folder)
  const kubelet = started.use(await startFakeKubelet({ pki, folder }))
  const transport = server.transport(master)
  await addNode(transport, kubelet.port)
  const kubeconfig = join(home, 'kubeconfig')
  const names = { clusterName: 'test', userName: 'admin', contextName: 'test' }
  const url = `https://127.0.0.1:${server.port}`
  const entry = embeddedEntry(names, { url, ca: pki.ca.certificate }, pki.admin)
  await writeFile(kubeconfig, formatYaml(buildKubeconfig(entry)))
  const owned = started.move()
  return {
    kubelet,
    transport,
    home,
    start: (argv, options = {}) =>
      startKubectl(argv, {
        ...options,
        env: { HOME: home, KUBECONFIG: kubeconfig, ...options.env },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function addNode(transport: Transport, kubeletPort: number): Promise<void> {
  const node = await transport.request({
    method: 'POST',
    path: '/api/v1/nodes',
    body: { metadata: { name: 'worker' } },
  })
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
  }
  await transport.request({
    method: 'PUT',
    path: '/api/v1/nodes/worker/status',
    body: { ...(node.body as object), status },
  })
  await transport.request({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts',
    body: { metadata: { name: 'default' } },
  })
}

/** A pod of the node `worker` that runs. */
export async function addRunningPod(
  transport: Transport,
  name: string,
  container: object = {},
): Promise<void> {
  const path = '/api/v1/namespaces/default/pods'
  const { body } = await transport.request({
    method: 'POST',
    path,
    body: {
      metadata: { name, labels: { app: name } },
      spec: { nodeName: 'worker', containers: [{ name: 'main', image: 'x', ...container }] },
    },
  })
  const conditions = [{ type: 'Ready', status: 'True' }]
  await transport.request({
    method: 'PUT',
    path: `${path}/${name}/status`,
    body: { ...(body as object), status: { phase: 'Running', conditions } },
  })
}

/** Writes what a kubelet would, as soon as the pod is there. */
export async function setPodStatus(
  transport: Transport,
  name: string,
  status: object,
): Promise<void> {
  const path = `/api/v1/namespaces/default/pods/${name}`
  for (;;) {
    const found = await transport
      .request({ method: 'GET', path })
      .then(({ body }) => body as object)
      .catch(() => undefined)
    if (found !== undefined) {
      await transport.request({ method: 'PUT', path: `${path}/status`, body: { ...found, status } })
      return
    }
    await systemClock.sleep(20, AbortSignal.timeout(10_000))
  }
}

/** Our kubectl alone: its server is in its arguments. */
export function startKubectl(argv: readonly string[], options: StartOptions): RunningKubectl {
  const stopping = new AbortController()
  const { terminal } = options
  const size = terminal === undefined ? undefined : { ...terminal }
  const resized = new Set<() => void>()
  const printed = new Set<() => void>()
  const text = (chunk: string | Uint8Array): string =>
    typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
  const running: Omit<RunningKubectl, 'code'> = {
    stdin: new PassThrough(),
    stdout: '',
    stderr: '',
    isRaw: false,
    interrupt: () => stopping.abort(),
    resize(columns, rows) {
      if (size !== undefined) Object.assign(size, { columns, rows })
      for (const listener of resized) listener()
    },
    printed(pattern) {
      const { promise, resolve } = Promise.withResolvers<RegExpExecArray>()
      const look = (): void => {
        const match = pattern.exec(running.stdout) ?? pattern.exec(running.stderr)
        if (match !== null) resolve(match)
      }
      printed.add(look)
      look()
      return promise
    },
  }
  const handle: Terminal = {
    stdin: running.stdin,
    stdinIsTty: size !== undefined,
    stdoutIsTty: size !== undefined,
    size: () => size,
    onResize(listener) {
      resized.add(listener)
      return { [Symbol.dispose]: () => void resized.delete(listener) }
    },
    raw() {
      running.isRaw = true
      return { [Symbol.dispose]: () => void (running.isRaw = false) }
    },
  }
  const tell = (stream: 'stdout' | 'stderr') => (chunk: string | Uint8Array) => {
    running[stream] += text(chunk)
    for (const look of printed) look()
  }
  const io: Io = {
    env: options.env ?? {},
    cwd: process.cwd(),
    clock: systemClock,
    random: Math.random,
    signal: stopping.signal,
    pid: process.pid,
    platform: 'linux/amd64',
    stdout: tell('stdout'),
    stderr: tell('stderr'),
    readStdin: async () => (await running.stdin.toArray()).join(''),
    holdInterrupts: () => ({ [Symbol.dispose]: () => undefined }),
    terminal: async () => handle,
  }
  return Object.assign(running, { code: runKubectl(argv, io) })
}

/**
 * A container runtime in memory: containers run until they are told to exit, images are there or not.
 * What it does not know it refuses, as a runtime would.
 */
import type { Clock } from '#base/clock.ts'
import type { CriClient } from '#cri/client.ts'
import type {
  Container,
  ContainerConfig,
  ContainerStatus,
  PodSandbox,
  PodSandboxConfig,
} from '#cri/messages.gen.ts'
import { GrpcError } from '#base/grpc-error.ts'

interface FakeContainer {
  readonly status: ContainerStatus
  readonly sandboxId: string
  readonly config: ContainerConfig
}

export class FakeRuntime {
  /** What was asked for, in order: `start c`, `stop c 30`, `pull nginx:latest` … */
  readonly calls: string[] = []
  readonly images = new Set<string>()
  /** Set to make a call fail: its name → the failure's words. */
  readonly failures = new Map<string, string>()
  /** Called when a container is told to stop, until which that call waits; by default it exits with 137. */
  stopping: (name: string, signal: AbortSignal | undefined) => void | Promise<void>
  readonly #clock: Clock
  readonly #sandboxes = new Map<string, PodSandbox>()
  readonly #containers = new Map<string, FakeContainer>()
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
    this.stopping = (name) => this.exit(name, 137)
  }

  /** The newest container of a name ends. */
  exit(name: string, exitCode: number): void {
    const found = [...this.#containers.values()].findLast(
      ({ status }) => status.metadata?.name === name && status.state === 'CONTAINER_RUNNING',
    )
    if (found === undefined) throw new Error(`no container ${name} runs`)
    Object.assign(found.status, {
      state: 'CONTAINER_EXITED',
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: this.#nanoseconds(),
    })
  }

  get running(): readonly string[] {
    return [...this.#containers.values()]
      .filter(({ status }) => status.state === 'CONTAINER_RUNNING')
      .map(({ status }) => status.metadata?.name ?? '')
  }

  /** The configuration that the newest container of a name was made with. */
  configOf(name: string): ContainerConfig | undefined {
    return [...this.#containers.values()].findLast(({ config }) => config.metadata?.name === name)
      ?.config
  }

  client(): CriClient {
    const refused = (): Promise<never> =>
      Promise.reject(new GrpcError('Unimplemented', 'not in the fake runtime'))
    return {
      ...this.#sandboxCalls(),
      ...this.#containerCalls(),
      ...this.#imageCalls(),
      version: async () => ({
        version: '0.1.0',
        runtimeName: 'containerd',
        runtimeVersion: 'fake',
        runtimeApiVersion: 'v1',
      }),
      status: async () => ({
        status: {
          conditions: ['RuntimeReady', 'NetworkReady'].map((type) => ({
            type,
            status: true,
            reason: '',
            message: '',
          })),
        },
        info: {},
        runtimeHandlers: [],
      }),
      runtimeConfig: refused,
      updateRuntimeConfig: refused,
      reopenContainerLog: async () => {},
      updateContainerResources: async ({ containerId = '' }) => {
        this.#call('resize', this.#container(containerId).status.metadata?.name ?? '')
      },
      exec: refused,
      attach: refused,
      portForward: refused,
      listContainerStats: async () => [],
      listPodSandboxStats: async () => [],
      [Symbol.asyncDispose]: async () => {},
    }
  }

  #sandboxCalls() {
    return {
      runPodSandbox: async (request) => {
        this.#call('sandbox', String(request.config?.metadata?.attempt ?? 0))
        const id = this.#id('sandbox')
        const config = request.config as PodSandboxConfig
        this.#sandboxes.set(id, {
          id,
          metadata: { name: '', uid: '', namespace: '', attempt: 0, ...config.metadata },
          state: 'SANDBOX_READY',
          createdAt: this.#nanoseconds(),
          labels: config.labels,
          annotations: config.annotations,
          runtimeHandler: '',
        })
        return { podSandboxId: id }
      },
      stopPodSandbox: async (id) => {
        this.#call('stop-sandbox', '')
        const sandbox = this.#sandboxes.get(id)
        if (sandbox !== undefined) sandbox.state = 'SANDBOX_NOTREADY'
      },
      removePodSandbox: async (id) => {
        this.#call('remove-sandbox', '')
        this.#sandboxes.delete(id)
        for (const [key, container] of this.#containers) {
          if (container.sandboxId === id) this.#containers.delete(key)
        }
      },
      podSandboxStatus: async (id) => {
        const sandbox = this.#sandboxes.get(id)
        if (sandbox === undefined) throw new GrpcError('NotFound', `no sandbox ${id}`)
        const network = { ip: '10.0.0.1', additionalIps: [] }
        const status = { ...sandbox, network }
        return { status, info: {}, containersStatuses: [], timestamp: 0 }
      },
      listPodSandbox: async (filter = {}) =>
        [...this.#sandboxes.values()].filter(({ labels }) => fits(labels, filter.labelSelector)),
    } satisfies Partial<CriClient>
  }

  #containerCalls() {
    return {
      createContainer: async (request) => {
        const config = request.config as ContainerConfig
        this.#call('create', config.metadata?.name ?? '')
        const id = this.#id('container')
        const status = { ...freshStatus(id, config), createdAt: this.#nanoseconds() }
        this.#containers.set(id, { status, sandboxId: request.podSandboxId ?? '', config })
        return { containerId: id }
      },
      startContainer: async (id) => {
        const { status } = this.#container(id)
        this.#call('start', status.metadata?.name ?? '')
        Object.assign(status, { state: 'CONTAINER_RUNNING', startedAt: this.#nanoseconds() })
      },
      stopContainer: async (id, seconds, options) => {
        const { status } = this.#container(id)
        this.#call('stop', `${status.metadata?.name ?? ''} ${seconds}`)
        if (status.state !== 'CONTAINER_RUNNING') return
        await this.stopping(status.metadata?.name ?? '', options?.signal)
      },
      removeContainer: async (id) => {
        this.#call('remove', this.#container(id).status.metadata?.name ?? '')
        this.#containers.delete(id)
      },
      listContainers: async (filter = {}) =>
        [...this.#containers.values()]
          .filter(({ status }) => fits(status.labels, filter.labelSelector))
          .map(({ status, sandboxId }): Container => ({ ...status, podSandboxId: sandboxId })),
      containerStatus: async (id) => ({ status: { ...this.#container(id).status }, info: {} }),
      execSync: async ({ cmd = [] }) => {
        this.#call('exec', cmd.join(' '))
        return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), exitCode: 0 }
      },
    } satisfies Partial<CriClient>
  }

  #imageCalls() {
    const image = (name: string) => ({
      id: `sha256:${name}`,
      repoTags: [name],
      repoDigests: [],
      size: 1234,
      username: '',
      pinned: false,
    })
    return {
      listImages: async () => [...this.images].map(image),
      imageStatus: async (name) => (this.images.has(name) ? image(name) : undefined),
      pullImage: async (request) => {
        const name = request.image?.image ?? ''
        this.#call('pull', name)
        this.images.add(name)
        return `sha256:${name}`
      },
      removeImage: async (name) => void this.images.delete(name),
      imageFsInfo: async () => ({ imageFilesystems: [], containerFilesystems: [] }),
    } satisfies Partial<CriClient>
  }

  #call(name: string, detail: string): void {
    this.calls.push(`${name} ${detail}`.trim())
    const failure = this.failures.get(name)
    if (failure !== undefined) throw new GrpcError('Unknown', failure)
  }

  #container(id: string): FakeContainer {
    const found = this.#containers.get(id)
    if (found === undefined) throw new GrpcError('NotFound', `no container ${id}`)
    return found
  }

  #id(kind: string): string {
    return `${kind}-${this.#next++}`
  }

  #nanoseconds(): number {
    return this.#clock.nowMs() * 1e6
  }
}

function fits(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string | undefined>> = {},
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

function freshStatus(id: string, config: ContainerConfig): ContainerStatus {
  return {
    id,
    metadata: config.metadata ?? { name: '', attempt: 0 },
    state: 'CONTAINER_CREATED',
    createdAt: 0,
    startedAt: 0,
    finishedAt: 0,
    exitCode: 0,
    image: {
      image: config.image?.userSpecifiedImage ?? '',
      annotations: {},
      userSpecifiedImage: '',
      runtimeHandler: '',
      imageRef: '',
    },
    imageRef: config.image?.image ?? '',
    reason: '',
    message: '',
    labels: config.labels,
    annotations: config.annotations,
    mounts: [],
    logPath: '',
    imageId: '',
    stopSignal: 'SIGNAL_RUNTIME_DEFAULT',
  }
}

/** The container runtime interface, typed: the calls of RuntimeService and ImageService that a node makes. */
import { codec } from '#base/protobuf/codec.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type * as cri from './messages.gen.ts'
import table from './messages.gen.json' with { type: 'json' }
import type { GrpcTransport } from './transport.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** Each call rejects with a GrpcError. */
export interface CriClient extends AsyncDisposable {
  version(options?: CallOptions): Promise<cri.VersionResponse>
  status(request: Input<cri.StatusRequest>, options?: CallOptions): Promise<cri.StatusResponse>
  runtimeConfig(options?: CallOptions): Promise<cri.RuntimeConfigResponse>
  updateRuntimeConfig(request: Input<cri.UpdateRuntimeConfigRequest>): Promise<void>

  runPodSandbox(
    request: Input<cri.RunPodSandboxRequest>,
    options?: CallOptions,
  ): Promise<cri.RunPodSandboxResponse>
  stopPodSandbox(podSandboxId: string, options?: CallOptions): Promise<void>
  removePodSandbox(podSandboxId: string, options?: CallOptions): Promise<void>
  podSandboxStatus(
    podSandboxId: string,
    options?: CallOptions,
  ): Promise<cri.PodSandboxStatusResponse>
  listPodSandbox(
    filter?: Input<cri.PodSandboxFilter>,
    options?: CallOptions,
  ): Promise<cri.PodSandbox[]>

  createContainer(
    request: Input<cri.CreateContainerRequest>,
    options?: CallOptions,
  ): Promise<cri.CreateContainerResponse>
  startContainer(containerId: string, options?: CallOptions): Promise<void>
  /** Sends the stop signal, and after `timeoutSeconds` SIGKILL. */
  stopContainer(containerId: string, timeoutSeconds: number, options?: CallOptions): Promise<void>
  removeContainer(containerId: string, options?: CallOptions): Promise<void>
  listContainers(
    filter?: Input<cri.ContainerFilter>,
    options?: CallOptions,
  ): Promise<cri.Container[]>
  containerStatus(containerId: string, options?: CallOptions): Promise<cri.ContainerStatusResponse>
  updateContainerResources(
    request: Input<cri.UpdateContainerResourcesRequest>,
    options?: CallOptions,
  ): Promise<void>
  reopenContainerLog(containerId: string, options?: CallOptions): Promise<void>
  /** Runs a command to its end; `timeoutSeconds` 0 waits without end (the call's own limit is ten minutes). */
  execSync(
    request: Input<cri.ExecSyncRequest>,
    options?: CallOptions,
  ): Promise<cri.ExecSyncResponse>

  /** The URL of the runtime's streaming server. */
  exec(request: Input<cri.ExecRequest>, options?: CallOptions): Promise<string>
  attach(request: Input<cri.AttachRequest>, options?: CallOptions): Promise<string>
  portForward(request: Input<cri.PortForwardRequest>, options?: CallOptions): Promise<string>

  listContainerStats(filter?: Input<cri.ContainerStatsFilter>): Promise<cri.ContainerStats[]>
  listPodSandboxStats(filter?: Input<cri.PodSandboxStatsFilter>): Promise<cri.PodSandboxStats[]>

  listImages(options?: CallOptions): Promise<cri.Image[]>
  /** Undefined when the image is not there. */
  imageStatus(image: string, options?: CallOptions): Promise<cri.Image | undefined>
  /** Resolves with the image's reference in the runtime. */
  pullImage(request: Input<cri.PullImageRequest>, options?: CallOptions): Promise<string>
  removeImage(image: string): Promise<void>
  imageFsInfo(options?: CallOptions): Promise<cri.ImageFsInfoResponse>
}

/** Upstream's --runtime-request-timeout. */
const defaultTimeoutMs = 120_000
const execWithoutLimitMs = 600_000
const pullTimeoutMs = 3_600_000

export const criCodec = codec(table)

interface Extra extends CallOptions {
  timeoutMs?: number
}

export function criClient(transport: GrpcTransport): CriClient {
  const call =
    (service: string) =>
    async <R>(method: string, request: object, extra: Extra = {}): Promise<R> => {
      const answer = await transport.unary({
        path: `/runtime.v1.${service}/${method}`,
        request: criCodec.encode(`${method}Request`, request),
        timeoutMs: extra.timeoutMs ?? defaultTimeoutMs,
        signal: extra.signal,
      })
      return criCodec.decode<R>(`${method}Response`, answer)
    }
  const runtime = call('RuntimeService')
  return {
    ...sandboxCalls(runtime),
    ...containerCalls(runtime),
    ...imageCalls(call('ImageService')),
    version: (options) => runtime('Version', { version: 'v1' }, options),
    status: (request, options) => runtime('Status', request, options),
    runtimeConfig: (options) => runtime('RuntimeConfig', {}, options),
    updateRuntimeConfig: (request) => runtime('UpdateRuntimeConfig', request),
    exec: async (request, options) =>
      (await runtime<cri.ExecResponse>('Exec', request, options)).url,
    attach: async (request, options) =>
      (await runtime<cri.AttachResponse>('Attach', request, options)).url,
    portForward: async (request, options) =>
      (await runtime<cri.PortForwardResponse>('PortForward', request, options)).url,
    listContainerStats: async (filter) =>
      (await runtime<cri.ListContainerStatsResponse>('ListContainerStats', { filter })).stats,
    listPodSandboxStats: async (filter) =>
      (await runtime<cri.ListPodSandboxStatsResponse>('ListPodSandboxStats', { filter })).stats,
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}

type Call = <R>(method: string, request: object, extra?: Extra) => Promise<R>

function sandboxCalls(runtime: Call) {
  return {
    runPodSandbox: (request, options) =>
      // Upstream doubles the limit here, for a runtime that must first pull the sandbox image.
      runtime('RunPodSandbox', request, { ...options, timeoutMs: 2 * defaultTimeoutMs }),
    stopPodSandbox: (podSandboxId, options) => runtime('StopPodSandbox', { podSandboxId }, options),
    removePodSandbox: (podSandboxId, options) =>
      runtime('RemovePodSandbox', { podSandboxId }, options),
    podSandboxStatus: (podSandboxId, options) =>
      runtime('PodSandboxStatus', { podSandboxId }, options),
    listPodSandbox: async (filter, options) =>
      (await runtime<cri.ListPodSandboxResponse>('ListPodSandbox', { filter }, options)).items,
  } satisfies Partial<CriClient>
}

function containerCalls(runtime: Call) {
  return {
    createContainer: (request, options) => runtime('CreateContainer', request, options),
    startContainer: (containerId, options) => runtime('StartContainer', { containerId }, options),
    stopContainer: (containerId, timeoutSeconds, options) =>
      runtime(
        'StopContainer',
        { containerId, timeout: timeoutSeconds },
        { ...options, timeoutMs: timeoutSeconds * 1000 + defaultTimeoutMs },
      ),
    removeContainer: (containerId, options) => runtime('RemoveContainer', { containerId }, options),
    listContainers: async (filter, options) =>
      (await runtime<cri.ListContainersResponse>('ListContainers', { filter }, options)).containers,
    containerStatus: (containerId, options) => runtime('ContainerStatus', { containerId }, options),
    updateContainerResources: (request, options) =>
      runtime('UpdateContainerResources', request, options),
    reopenContainerLog: (containerId, options) =>
      runtime('ReopenContainerLog', { containerId }, options),
    execSync: (request, options) => {
      const limitMs = (request.timeout ?? 0) * 1000 + defaultTimeoutMs
      const timeoutMs = (request.timeout ?? 0) === 0 ? execWithoutLimitMs : limitMs
      return runtime('ExecSync', request, { ...options, timeoutMs })
    },
  } satisfies Partial<CriClient>
}

function imageCalls(images: Call) {
  return {
    listImages: async (options) =>
      (await images<cri.ListImagesResponse>('ListImages', {}, options)).images,
    imageStatus: async (image, options) =>
      (await images<cri.ImageStatusResponse>('ImageStatus', { image: { image } }, options)).image,
    pullImage: async (request, options) => {
      const extra = { ...options, timeoutMs: pullTimeoutMs }
      return (await images<cri.PullImageResponse>('PullImage', request, extra)).imageRef
    },
    removeImage: (image) => images('RemoveImage', { image: { image } }),
    imageFsInfo: (options) => images('ImageFsInfo', {}, options),
  } satisfies Partial<CriClient>
}

/** Sandboxes and containers as the runtime is asked for them; pure. */
import type { Container, Pod } from '#api/core/v1.gen.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type {
  ContainerConfig,
  LinuxContainerResources,
  Mount,
  PodSandboxConfig,
  PortMapping,
  Signal,
} from '#cri/messages.gen.ts'
import { cpuPeriodUs } from '#kubelet/cgroups/values.ts'
import type { CgroupLimits } from '#kubelet/cgroups/values.ts'
import { containerAnnotations, containerLabels, sandboxLabels } from '#kubelet/runtime/labels.ts'
import type { Resolver } from './dns.ts'
import { expand } from './expand.ts'
import { containerSecurity, sandboxSecurity } from './security.ts'
import type { ImageUser, SecurityOptions } from './security.ts'

export interface SandboxInput {
  readonly pod: Pod
  readonly attempt: number
  readonly hostname: string
  readonly resolver: Resolver
  readonly logFolder: string
  readonly cgroupParent: string
  readonly seccompFolder: string
  /** What the pod as a whole may use, for runtimes that make room for it. */
  readonly limits: CgroupLimits
}

export function sandboxConfig(input: SandboxInput): Input<PodSandboxConfig> {
  const { pod, attempt, resolver } = input
  const { name, uid, namespace = '', annotations = {} } = pod.metadata
  const sysctls = pod.spec.securityContext?.sysctls ?? []
  return {
    metadata: { name, uid, namespace, attempt },
    // A pod of the host's network has the host's name, too.
    hostname: pod.spec.hostNetwork === true ? '' : input.hostname,
    logDirectory: input.logFolder,
    dnsConfig: resolver,
    portMappings: pod.spec.hostNetwork === true ? [] : portMappings(pod),
    labels: sandboxLabels(pod),
    annotations,
    linux: {
      cgroupParent: input.cgroupParent,
      securityContext: sandboxSecurity(pod, input.seccompFolder),
      sysctls: Object.fromEntries(sysctls.map((sysctl) => [sysctl.name, sysctl.value])),
      resources: runtimeResources(input.limits),
    },
  }
}

function portMappings(pod: Pod): Input<PortMapping>[] {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  return containers
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
    .map(({ protocol, containerPort, hostPort, hostIP }) => ({
      protocol: (protocol ?? 'TCP') as PortMapping['protocol'],
      containerPort,
      hostPort,
      hostIp: hostIP,
    }))
}

export interface ContainerInput {
  readonly pod: Pod
  readonly container: Container
  readonly restartCount: number
  /** The image as the runtime knows it. */
  readonly imageRef: string
  readonly imageUser: ImageUser
  readonly environment: ReadonlyMap<string, string>
  readonly mounts: readonly Input<Mount>[]
  readonly resources: Input<LinuxContainerResources>
  readonly security: SecurityOptions
}

export function containerConfig(input: ContainerInput): Input<ContainerConfig> {
  const { pod, container, restartCount, environment } = input
  const expanded = (text: string): string => expand(text, (name) => environment.get(name))
  const stopSignal = container.lifecycle?.stopSignal
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: input.imageRef, userSpecifiedImage: container.image },
    command: (container.command ?? []).map(expanded),
    args: (container.args ?? []).map(expanded),
    workingDir: container.workingDir,
    envs: [...environment].map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts: input.mounts,
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: `${container.name}/${restartCount}.log`,
    stdin: container.stdin,
    stdinOnce: container.stdinOnce,
    tty: container.tty,
    linux: {
      resources: input.resources,
      securityContext: containerSecurity(pod, container, input.imageUser, input.security),
    },
    ...(stopSignal === undefined ? {} : { stopSignal: `SIGNAL_${stopSignal}` as Signal }),
  }
}

export function runtimeResources(limits: CgroupLimits): Input<LinuxContainerResources> {
  const { cpuShares, cpuQuotaUs, memoryBytes } = limits
  return {
    cpuShares,
    ...(cpuQuotaUs === undefined ? {} : { cpuPeriod: cpuPeriodUs, cpuQuota: cpuQuotaUs }),
    ...(memoryBytes === undefined ? {} : { memoryLimitInBytes: memoryBytes }),
  }
}

/**
 * `[LOCAL:]REMOTE`: which ports are meant, by number or by the names of containers and services.
 * Upstream: kubectl pkg/cmd/portforward/portforward.go, pkg/util/{pod,service}_port.go,
 * client-go tools/portforward/portforward.go.
 */
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { ContainerPort, Pod } from '#kubectl/pods/pod.ts'

export interface ForwardedPort {
  /** 0: any. */
  local: number
  readonly remote: number
}

interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
  readonly targetPort?: number | string
}

interface Service extends KubeObject {
  spec?: { readonly clusterIP?: string; readonly ports?: readonly ServicePort[] }
}

/** Of a pod: names are those of its containers' ports. */
export function portsOfPod(words: readonly string[], pod: Pod): readonly ForwardedPort[] {
  refuseUdp(words, {
    ports: (pod.spec?.containers ?? [])
      .flatMap(({ ports = [] }) => ports)
      .map(({ containerPort: port, protocol }) => ({ port, protocol })),
    numberOf: (name) => namedContainerPort(pod, name),
  })
  return parsePorts(
    words.map((word) => {
      const [local, remote] = split(word)
      if (remote === '') throw new CommandError('remote port cannot be empty')
      const port = isNumber(remote) ? remote : String(namedContainerPort(pod, remote))
      return local === remote ? port : `${local}:${port}`
    }),
  )
}

/** Of a service: its ports lead to those of the pod. */
export function portsOfService(
  words: readonly string[],
  service: Service,
  pod: Pod,
): readonly ForwardedPort[] {
  const numberOf = (name: string): number => namedServicePort(service, name)
  refuseUdp(words, { ports: service.spec?.ports ?? [], numberOf })
  return parsePorts(
    words.map((word) => {
      const [given, remote] = split(word)
      const port = isNumber(remote) ? Number(remote) : numberOf(remote)
      const local = !isNumber(remote) && given === remote ? String(port) : given
      const target = String(targetOf(service, pod, port))
      return local === target ? target : `${local}:${target}`
    }),
  )
}

function split(word: string): readonly [local: string, remote: string] {
  const parts = word.split(':')
  const [first = '', second] = parts
  return parts.length === 2 && second !== undefined ? [first, second] : [first, first]
}

/** As strconv.Atoi sees it. */
function isNumber(text: string): boolean {
  return /^[+-]?\d+$/.test(text)
}

function namedContainerPort({ metadata, spec }: Pod, name: string): number {
  const { containers = [], initContainers = [] } = spec ?? {}
  const found = [...containers, ...initContainers]
    .flatMap(({ ports = [] }): readonly ContainerPort[] => ports)
    .find((port) => (port.name ?? '') === name)
  if (found !== undefined) return found.containerPort
  throw new CommandError(`Pod '${metadata?.name ?? ''}' does not have a named port '${name}'`)
}

function namedServicePort({ metadata, spec }: Service, name: string): number {
  const found = spec?.ports?.find((port) => (port.name ?? '') === name)
  if (found !== undefined) return found.port
  throw new CommandError(`Service '${metadata?.name ?? ''}' does not have a named port '${name}'`)
}

function targetOf({ metadata, spec }: Service, pod: Pod, port: number): number {
  if (spec?.clusterIP === 'None') return port
  const found = spec?.ports?.find((one) => one.port === port)
  if (found === undefined) {
    throw new CommandError(`Service ${metadata?.name ?? ''} does not have a service port ${port}`)
  }
  const { targetPort = 0 } = found
  if (typeof targetPort === 'string') return namedContainerPort(pod, targetPort)
  return targetPort === 0 ? port : targetPort
}

interface Declared {
  readonly ports: readonly { readonly port: number; readonly protocol?: string | undefined }[]
  readonly numberOf: (name: string) => number
}

function refuseUdp(words: readonly string[], { ports, numberOf }: Declared): void {
  const with_ = (protocol: string): readonly number[] =>
    ports.filter((port) => port.protocol === protocol).map(({ port }) => port)
  const tcp = with_('TCP')
  const udpOnly = with_('UDP').filter((port) => !tcp.includes(port))
  for (const word of words) {
    const [, remote] = split(word)
    const port = isNumber(remote) ? Number(remote) : numberOf(remote)
    if (udpOnly.includes(port)) {
      throw new CommandError(`UDP protocol is not supported for ${remote}`)
    }
  }
}

function parsePorts(words: readonly string[]): readonly ForwardedPort[] {
  return words.map((word) => {
    const parts = word.split(':')
    const [first = '', second = first] = parts
    if (parts.length > 2) throw new CommandError(`invalid port format '${word}'`)
    const local = portNumber('local', parts.length === 2 && first === '' ? '0' : first)
    const remote = portNumber('remote', second)
    if (remote === 0) throw new CommandError('remote port must be > 0')
    return { local, remote }
  })
}

/** As strconv.ParseUint of 16 bits. */
function portNumber(which: 'local' | 'remote', text: string): number {
  const fail = (why: string): CommandError =>
    new CommandError(
      `error parsing ${which} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    )
  if (!/^\d+$/.test(text)) throw fail('invalid syntax')
  const port = Number(text)
  if (port > 65_535) throw fail('value out of range')
  return port
}

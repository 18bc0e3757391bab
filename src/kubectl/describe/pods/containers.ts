/** Upstream: describe.go, describeContainers. */
import type { Container, ContainerPort, ContainerStatus, Pod } from '#api/core/v1.gen.ts'
import { compareBytes, goQuote } from '#api/meta/go-quote.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { boolText, orNone } from '#kubectl/describe/values.ts'
import { writeState } from './container-state.ts'
import { writeEnvironment } from './environment.ts'
import { probeText } from './probe.ts'
import { writeResources } from './resources.ts'

export interface ContainersOf {
  readonly containers: readonly Container[]
  readonly statuses?: readonly ContainerStatus[] | undefined
  /** Whose fields the environment refers to; absent: a template's. */
  readonly pod?: Pod
}

/** `indent` is that of a template. */
export function writeContainers(
  w: PrefixWriter,
  title: string,
  { containers, statuses = [], pod }: ContainersOf,
  indent = '',
): void {
  w.write(0, `${indent}${title}:${containers.length === 0 ? ' <none>' : ''}\n`)
  for (const container of containers) {
    const status = statuses.findLast(({ name }) => name === container.name)
    w.write(1, `${indent === '' ? '' : ' '}${container.name}:\n`)
    writeImage(w, container, status)
    writePorts(w, container.ports)
    writeSeccomp(w, container)
    writeLines(w, 'Command', container.command)
    writeLines(w, 'Args', container.args)
    if (status !== undefined) writeStatus(w, status)
    writeResources(w, container.resources, 2)
    writeProbes(w, container)
    writeEnvironment(w, container, pod)
    writeMounts(w, container)
  }
}

function writeImage(
  w: PrefixWriter,
  { image = '' }: Container,
  status: ContainerStatus | undefined,
): void {
  if (status !== undefined) w.write(2, `Container ID:\t${status.containerID ?? ''}\n`)
  w.write(2, `Image:\t${image}\n`)
  if (status !== undefined) w.write(2, `Image ID:\t${status.imageID ?? ''}\n`)
}

function writePorts(w: PrefixWriter, ports: readonly ContainerPort[] = []): void {
  const plural = ports.length > 1 ? 's' : ''
  const text = (number: (port: ContainerPort) => number): string =>
    orNone(ports.map((port) => `${number(port)}/${port.protocol ?? ''}${nameOf(port)}`).join(', '))
  w.write(2, `Port${plural}:\t${text(({ containerPort }) => containerPort)}\n`)
  w.write(2, `Host Port${plural}:\t${text(({ hostPort = 0 }) => hostPort)}\n`)
}

function nameOf({ name = '' }: ContainerPort): string {
  return name === '' ? '' : ` (${name})`
}

function writeSeccomp(w: PrefixWriter, { securityContext }: Container): void {
  const profile = securityContext?.seccompProfile
  if (profile === undefined) return
  w.write(2, `SeccompProfile:\t${profile.type}\n`)
  if (profile.type === 'Localhost') {
    w.write(3, `LocalhostProfile:\t${profile.localhostProfile ?? ''}\n`)
  }
}

function writeLines(w: PrefixWriter, title: string, words: readonly string[] = []): void {
  if (words.length > 0) w.write(2, `${title}:\n`)
  for (const line of words.flatMap((word) => word.split('\n'))) w.write(3, `${line}\n`)
}

function writeStatus(w: PrefixWriter, status: ContainerStatus): void {
  writeState(w, 'State', status.state)
  if (status.lastState?.terminated !== undefined) writeState(w, 'Last State', status.lastState)
  w.write(2, `Ready:\t${boolText(status.ready)}\n`)
  w.write(2, `Restart Count:\t${status.restartCount}\n`)
}

function writeProbes(w: PrefixWriter, container: Container): void {
  const { livenessProbe, readinessProbe, startupProbe } = container
  if (livenessProbe !== undefined) w.write(2, `Liveness:\t${probeText(livenessProbe)}\n`)
  if (readinessProbe !== undefined) w.write(2, `Readiness:\t${probeText(readinessProbe)}\n`)
  if (startupProbe !== undefined) w.write(2, `Startup:\t${probeText(startupProbe)}\n`)
}

function writeMounts(w: PrefixWriter, { volumeMounts = [], volumeDevices = [] }: Container): void {
  const none = volumeMounts.length === 0 ? '\t<none>' : ''
  w.write(2, `Mounts:${none}\n`)
  for (const mount of volumeMounts.toSorted((a, b) => compareBytes(a.mountPath, b.mountPath))) {
    const { mountPath, name, readOnly = false, subPath = '' } = mount
    const path = subPath === '' ? '' : `,path=${goQuote(subPath)}`
    w.write(3, `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'}${path})\n`)
  }
  if (volumeDevices.length > 0) w.write(2, `Devices:${none}\n`)
  for (const device of volumeDevices.toSorted((a, b) => compareBytes(a.devicePath, b.devicePath))) {
    w.write(3, `${device.devicePath} from ${device.name}\n`)
  }
}

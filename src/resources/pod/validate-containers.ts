/** Upstream: pkg/apis/core/validation/validation.go, validateContainers and what it calls. */
import type { Container, ContainerPort, PodSpec, Volume } from '#api/core/v1.gen.ts'
import { duplicate, invalidValue, required } from '#api/meta/field-error.ts'
import { validateDns1123Label, validatePortName, validatePortNumber } from '#api/meta/names.ts'
import { checkEnum, checkSupported, empty, refuse, type Errors } from '#resources/checks/checks.ts'
import { checkEnv, checkEnvFrom } from './validate-env.ts'
import { checkDevices, checkMounts } from './validate-mounts.ts'
import {
  checkLifecycle,
  checkLivenessProbe,
  checkReadinessProbe,
  checkStartupProbe,
} from './validate-probes.ts'
import { checkResizePolicy, checkResources } from './validate-resources.ts'
import { checkRestartRules } from './validate-restart-rules.ts'
import { checkSecurityContext } from './validate-security.ts'

/** What containers are checked against. */
export interface ContainerScope {
  readonly spec: PodSpec
  /** The pod's valid volumes by name. */
  readonly volumes: ReadonlyMap<string, Volume>
  readonly claimNames: readonly string[]
}

export function checkContainers(scope: ContainerScope, path: string, errors: Errors): void {
  const containers = scope.spec.containers ?? []
  if (containers.length === 0) {
    errors.push(required(path, ''))
    return
  }
  for (let at = 0; at < containers.length; at += 1) {
    const container = containers[at] as Container
    const here = `${path}[${at}]`
    checkContainer(container, scope, here, errors)
    if (containers.findIndex(({ name }) => name === container.name) < at) {
      errors.push(duplicate(`${here}.name`, container.name))
    }
    checkHooksAndProbes(container, scope.spec, here, errors)
    checkRestartRules(container, here, errors)
  }
  checkHostPortConflicts(containers, path, errors)
}

/** What all kinds of containers have in common. */
export function checkContainer(
  container: Container,
  scope: ContainerScope,
  path: string,
  errors: Errors,
): void {
  if (empty(container.name)) errors.push(required(`${path}.name`, ''))
  else {
    const messages = validateDns1123Label(container.name)
    if (messages.length > 0) refuse(errors, `${path}.name`, container.name, messages)
  }
  if (empty(container.image)) errors.push(required(`${path}.image`, ''))
  checkEnum(
    container.terminationMessagePolicy,
    ['File', 'FallbackToLogsOnError'],
    `${path}.terminationMessagePolicy`,
    errors,
  )
  if (container.ports !== undefined) checkPorts(container.ports, `${path}.ports`, errors)
  if (container.env !== undefined) {
    checkEnv(container.env, scope.volumes, `${path}.env`, errors)
  }
  if (container.envFrom !== undefined) checkEnvFrom(container.envFrom, `${path}.envFrom`, errors)
  if (container.volumeMounts !== undefined) {
    checkMounts(container, scope.volumes, `${path}.volumeMounts`, errors)
  }
  if (container.volumeDevices !== undefined) {
    checkDevices(container, scope.volumes, `${path}.volumeDevices`, errors)
  }
  checkEnum(
    container.imagePullPolicy,
    ['Always', 'IfNotPresent', 'Never'],
    `${path}.imagePullPolicy`,
    errors,
  )
  checkContainerResources(container, scope, path, errors)
  if (container.securityContext !== undefined) {
    const hostUsers = scope.spec.hostUsers ?? true
    checkSecurityContext(container.securityContext, hostUsers, `${path}.securityContext`, errors)
  }
}

function checkContainerResources(
  container: Container,
  scope: ContainerScope,
  path: string,
  errors: Errors,
): void {
  if (container.resources !== undefined) {
    checkResources(container.resources, scope.claimNames, `${path}.resources`, errors)
  }
  if (container.resizePolicy !== undefined) {
    const { restartPolicy } = scope.spec
    checkResizePolicy(container.resizePolicy, restartPolicy, `${path}.resizePolicy`, errors)
  }
}

const protocols = ['SCTP', 'TCP', 'UDP']

function checkPorts(ports: readonly ContainerPort[], path: string, errors: Errors): void {
  const names = new Set<string>()
  for (let at = 0; at < ports.length; at += 1) {
    const port = ports[at] as ContainerPort
    const here = `${path}[${at}]`
    if (!empty(port.name)) {
      const messages = validatePortName(port.name)
      if (messages.length > 0) refuse(errors, `${here}.name`, port.name, messages)
      else if (names.has(port.name)) errors.push(duplicate(`${here}.name`, port.name))
      else names.add(port.name)
    }
    if (!port.containerPort) errors.push(required(`${here}.containerPort`, ''))
    else {
      const messages = validatePortNumber(port.containerPort)
      refuse(errors, `${here}.containerPort`, port.containerPort, messages)
    }
    if (port.hostPort) {
      refuse(errors, `${here}.hostPort`, port.hostPort, validatePortNumber(port.hostPort))
    }
    checkEnum(port.protocol, protocols, `${here}.protocol`, errors)
  }
}

/** What regular containers and sidecars may have, and other init containers may not. */
export function checkHooksAndProbes(
  container: Container,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container
  if (lifecycle !== undefined) {
    checkLifecycle(lifecycle, spec.terminationGracePeriodSeconds, `${path}.lifecycle`, errors)
    checkStopSignal(lifecycle.stopSignal, spec, `${path}.lifecycle.stopSignal`, errors)
  }
  if (livenessProbe !== undefined) {
    checkLivenessProbe(livenessProbe, `${path}.livenessProbe`, errors)
  }
  if (readinessProbe !== undefined) {
    checkReadinessProbe(readinessProbe, `${path}.readinessProbe`, errors)
  }
  if (startupProbe !== undefined) checkStartupProbe(startupProbe, `${path}.startupProbe`, errors)
}

const stopSignal = /^SIG(?:[A-Z0-9]+|RTM(?:IN|AX)[+-]\d{1,2})$/

function checkStopSignal(
  signal: string | undefined,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  if (signal === undefined) return
  if (spec.os?.name === undefined) {
    errors.push(
      invalidValue(path, signal, 'may not be set for containers with empty `spec.os.name`'),
    )
  } else if (spec.os.name === 'windows') {
    checkSupported(signal, ['SIGKILL', 'SIGTERM'], path, errors)
  } else if (!stopSignal.test(signal)) {
    errors.push(invalidValue(path, signal, 'must be the name of a signal'))
  }
}

/** Ports of the host can be taken once; across all of `containers`. */
export function checkHostPortConflicts(
  containers: readonly Container[],
  path: string,
  errors: Errors,
): void {
  let taken: Set<string> | undefined
  containers.forEach((container, index) => {
    container.ports?.forEach((port, at) => {
      if (!port.hostPort) return
      const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`
      taken ??= new Set()
      if (taken.has(key)) {
        errors.push(duplicate(`${path}[${index}].ports[${at}].hostPort`, key))
      }
      taken.add(key)
    })
  })
}

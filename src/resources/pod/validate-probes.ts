/** Probes and lifecycle hooks. Upstream: pkg/apis/core/validation/validation.go, validateHandler. */
import type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  Lifecycle,
  Probe,
  SleepAction,
  TCPSocketAction,
} from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import { validateHttpHeaderName } from '#api/meta/names.ts'
import {
  checkNotNegative,
  checkPortNumberOrName,
  checkRequired,
  checkSupported,
  positive,
  refuse,
  type Errors,
} from '#resources/checks/checks.ts'

export function checkLivenessProbe(probe: Probe, path: string, errors: Errors): void {
  checkProbe(probe, path, errors)
  if (probe.successThreshold !== 1) {
    errors.push(invalidValue(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'))
  }
}

export const checkStartupProbe = checkLivenessProbe

export function checkReadinessProbe(probe: Probe, path: string, errors: Errors): void {
  checkProbe(probe, path, errors)
  if (probe.terminationGracePeriodSeconds !== undefined) {
    errors.push(
      invalidValue(
        `${path}.terminationGracePeriodSeconds`,
        probe.terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      ),
    )
  }
}

function checkProbe(probe: Probe, path: string, errors: Errors): void {
  checkHandler(probe, undefined, path, errors)
  checkNotNegative(probe.initialDelaySeconds, `${path}.initialDelaySeconds`, errors)
  checkNotNegative(probe.timeoutSeconds, `${path}.timeoutSeconds`, errors)
  checkNotNegative(probe.periodSeconds, `${path}.periodSeconds`, errors)
  checkNotNegative(probe.successThreshold, `${path}.successThreshold`, errors)
  checkNotNegative(probe.failureThreshold, `${path}.failureThreshold`, errors)
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && grace <= 0) {
    errors.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, positive))
  }
}

export function checkLifecycle(
  lifecycle: Lifecycle,
  graceSeconds: number | undefined,
  path: string,
  errors: Errors,
): void {
  const { postStart, preStop } = lifecycle
  if (postStart !== undefined) checkHandler(postStart, graceSeconds, `${path}.postStart`, errors)
  if (preStop !== undefined) checkHandler(preStop, graceSeconds, `${path}.preStop`, errors)
}

interface Handler {
  readonly exec?: ExecAction
  readonly httpGet?: HTTPGetAction
  readonly tcpSocket?: TCPSocketAction
  readonly grpc?: GRPCAction
  readonly sleep?: SleepAction
}

const handlerTypes = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const

/** Exactly one of the things that can be done. */
function checkHandler(
  handler: Handler,
  graceSeconds: number | undefined,
  path: string,
  errors: Errors,
): void {
  let handlers = 0
  for (const type of handlerTypes) {
    if (handler[type] === undefined) continue
    handlers += 1
    if (handlers === 1) checkAction(handler, graceSeconds, path, errors)
    else {
      errors.push(forbiddenField(`${path}.${type}`, 'may not specify more than 1 handler type'))
    }
  }
  if (handlers === 0) errors.push(required(path, 'must specify a handler type'))
}

function checkAction(
  handler: Handler,
  graceSeconds: number | undefined,
  path: string,
  errors: Errors,
): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  if (exec !== undefined) {
    if ((exec.command ?? []).length === 0) errors.push(required(`${path}.exec.command`, ''))
  } else if (httpGet !== undefined) checkHttpGet(httpGet, `${path}.httpGet`, errors)
  else if (tcpSocket !== undefined) {
    checkPortNumberOrName(tcpSocket.port, `${path}.tcpSocket.port`, errors)
  } else if (grpc !== undefined) checkPortNumberOrName(grpc.port, `${path}.grpc.port`, errors)
  else if (sleep !== undefined) checkSleep(sleep, graceSeconds ?? 0, `${path}.sleep`, errors)
}

function checkHttpGet(action: HTTPGetAction, path: string, errors: Errors): void {
  checkRequired(action.path, `${path}.path`, errors)
  checkPortNumberOrName(action.port, `${path}.port`, errors)
  checkSupported(action.scheme ?? '', ['HTTP', 'HTTPS'], `${path}.scheme`, errors)
  for (const { name } of action.httpHeaders ?? []) {
    refuse(errors, `${path}.httpHeaders`, name ?? '', validateHttpHeaderName(name ?? ''))
  }
}

function checkSleep(action: SleepAction, graceSeconds: number, path: string, errors: Errors): void {
  const seconds = action.seconds ?? 0
  if (seconds >= 0 && seconds <= graceSeconds) return
  errors.push(
    invalidValue(
      path,
      seconds,
      `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
    ),
  )
}

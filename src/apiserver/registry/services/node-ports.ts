/** Upstream: pkg/registry/core/service/storage/alloc.go, initNodePorts, updateNodePorts and below. */
import type { ServicePort, ServiceSpec } from '#api/core/v1.gen.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import { internalError } from '#api/meta/status.ts'
import { InvalidService } from './invalid-service.ts'
import { AllocationError } from './pools.ts'
import type { Reservation } from './reservation.ts'
import { mayHaveNodePorts, needsHealthCheckPort, nodePortsOf, wantsNodePorts } from './spec.ts'

/** Throws {@link InvalidService} when a port that was asked for cannot be had. */
export function allocateNodePorts(
  reservation: Reservation,
  next: ServiceSpec,
  prior: ServiceSpec | undefined,
): void {
  if (mayHaveNodePorts(next)) {
    if (prior === undefined) takeNew(reservation, next)
    else takeChanged(reservation, next, prior)
  } else if (prior !== undefined && mayHaveNodePorts(prior)) {
    for (const port of nodePortsOf(prior)) reservation.freePort(port)
  }
  allocateHealthCheckPort(reservation, next, prior)
}

/** Ports with the same number (of two protocols) share a node port unless they ask for different ones. */
function takeNew(reservation: Reservation, spec: ServiceSpec): void {
  const ports = spec.ports ?? []
  const byPort = new Map<number, number>()
  for (const [i, port] of ports.entries()) {
    const asked = port.nodePort ?? 0
    if (asked === 0 && !wantsNodePorts(spec)) continue
    const known = byPort.get(port.port)
    if (known === undefined) {
      const wanted =
        ports.find((other) => other.port === port.port && other.nodePort)?.nodePort ?? 0
      port.nodePort = take(reservation, i, wanted)
      byPort.set(port.port, port.nodePort)
    } else if (asked === 0) {
      port.nodePort = known
    } else if (asked !== known) {
      take(reservation, i, asked)
    }
  }
}

function takeChanged(reservation: Reservation, next: ServiceSpec, prior: ServiceSpec): void {
  const before = nodePortsOf(prior)
  const taken = new Set(before)
  const seen = new Set<string>()
  for (const [i, port] of (next.ports ?? []).entries()) {
    if (!port.nodePort && !wantsNodePorts(next)) continue
    if (!port.nodePort) port.nodePort = take(reservation, i, 0)
    else if (!taken.has(port.nodePort)) take(reservation, i, port.nodePort)
    taken.add(port.nodePort)
    refuseDuplicate(seen, port)
  }
  const after = new Set(nodePortsOf(next))
  for (const port of before) if (!after.has(port)) reservation.freePort(port)
}

function refuseDuplicate(seen: Set<string>, { protocol = 'TCP', nodePort = 0 }: ServicePort): void {
  const id = `{${protocol} ${nodePort}}`
  if (seen.has(id)) throw internalError(`duplicate nodePort: ${id}`)
  seen.add(id)
}

function allocateHealthCheckPort(
  reservation: Reservation,
  next: ServiceSpec,
  prior: ServiceSpec | undefined,
): void {
  const had = prior !== undefined && needsHealthCheckPort(prior)
  const needs = needsHealthCheckPort(next)
  if (had && !needs) reservation.freePort(prior.healthCheckNodePort ?? 0)
  if (had || !needs) return
  const asked = next.healthCheckNodePort ?? 0
  try {
    next.healthCheckNodePort = reservation.takePort(asked)
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
    const what =
      asked === 0 ? 'a HealthCheck NodePort 0' : `requested HealthCheck NodePort ${asked}`
    throw internalError(`failed to allocate ${what}: ${error.message}`)
  }
}

function take(reservation: Reservation, index: number, asked: number): number {
  try {
    return reservation.takePort(asked)
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
    if (asked === 0) throw internalError(`failed to allocate a nodePort: ${error.message}`)
    throw new InvalidService([invalidValue(`spec.ports[${index}].nodePort`, asked, error.message)])
  }
}

/**
 * Makes what is claimed and what Services hold the same again: a server that died between the two left
 * one without the other, and a store of before has no claims at all.
 * Upstream: pkg/registry/core/service/ipallocator/controller/repairip.go and
 * portallocator/controller/repair.go, v1.36.
 */
import type { Service } from '#api/core/v1.gen.ts'
import { ipaddresses, services } from '#api/resources.gen.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { holderOf, type Claims, type Holder } from './claims.ts'
import { needsHealthCheckPort, nodePortsOf, specOf } from './spec.ts'

export interface ClaimRepairOptions {
  readonly objects: Objects
  readonly claims: Claims
  readonly nowMs: () => number
}

/** Upstream: the repair controllers' interval, and gracePeriod of repairip.go. */
export const repairLimits = { intervalMs: 3 * 60_000, graceMs: 60_000 } as const

export class ClaimRepair {
  readonly #options: ClaimRepairOptions
  /** Ports that nobody held the last time, either: their Service is not on its way. */
  #suspects: ReadonlySet<number> = new Set()

  constructor(options: ClaimRepairOptions) {
    this.#options = options
  }

  async run(): Promise<void> {
    const held = holdings(this.#options.objects.list(services))
    await this.#addresses(held.addresses)
    await this.#ports(held.ports)
  }

  async #addresses(held: ReadonlyMap<string, Holder>): Promise<void> {
    const { objects, claims, nowMs } = this.#options
    for (const [ip, holder] of held) {
      if (objects.get(ipaddresses, '', ip) === undefined) await claims.takeAddress(ip, holder)
    }
    for (const address of objects.list(ipaddresses)) {
      const { name, creationTimestamp } = address.metadata
      const ageMs = nowMs() - Date.parse(creationTimestamp ?? '')
      if (holderOf(address) === undefined || ageMs < repairLimits.graceMs) continue
      if (!held.has(name)) await claims.freeAddress(name)
    }
  }

  async #ports(held: ReadonlySet<number>): Promise<void> {
    const { claims } = this.#options
    const taken = await claims.ports()
    for (const port of held) if (!taken.has(port)) await claims.takePort(port)
    const unheld = new Set([...taken].filter((port) => !held.has(port)))
    await claims.freePorts([...unheld].filter((port) => this.#suspects.has(port)))
    this.#suspects = unheld
  }
}

function holdings(all: readonly Service[]) {
  const addresses = new Map<string, Holder>()
  const ports = new Set<number>()
  for (const service of all) {
    const spec = specOf(service)
    const { namespace = '', name } = service.metadata
    for (const ip of spec.clusterIPs ?? []) {
      if (ip !== '' && ip !== 'None') addresses.set(ip, { namespace, name })
    }
    for (const port of nodePortsOf(spec)) ports.add(port)
    if (needsHealthCheckPort(spec)) ports.add(spec.healthCheckNodePort ?? 0)
  }
  return { addresses, ports }
}

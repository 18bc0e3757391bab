import type { Service } from '#api/core/v1.gen.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import { internalError } from '#api/meta/status.ts'
import type { Allocation } from '#apiserver/registry/allocator.ts'
import type { Claims } from './claims.ts'
import { InvalidService } from './invalid-service.ts'
import type { AddressPool, PortPool } from './pools.ts'
import { replaceAddress, replacePort, specOf } from './spec.ts'

export interface Pools {
  /** The first is the cluster's own family; at most one of each. */
  readonly addresses: readonly AddressPool[]
  readonly ports: PortPool
}

interface Taken<T> {
  value: T
  /** The client wants this one and no other. */
  readonly isAsked: boolean
  isClaimed: boolean
}

/**
 * What one write takes at once, and gives back when it is stored or when it fails. Taking is by what this
 * server knows; {@link claim} makes it sure among all servers, before the Service is stored.
 */
export class Reservation implements Allocation {
  readonly #pools: Pools
  readonly #claims: Claims
  readonly #addresses: (Taken<string> & { readonly pool: AddressPool })[] = []
  readonly #ports: Taken<number>[] = []
  readonly #freedAddresses: string[] = []
  readonly #freedPorts: number[] = []

  constructor(pools: Pools, claims: Claims) {
    this.#pools = pools
    this.#claims = claims
  }

  poolOf(family: string): AddressPool | undefined {
    return this.#pools.addresses.find((pool) => pool.family === family)
  }

  /** An address of the family; '' is any. Throws AllocationError. */
  takeAddress(pool: AddressPool, asked: string): string {
    const value = asked === '' ? pool.takeAny() : asked
    if (asked !== '') pool.take(asked)
    this.#addresses.push({ value, isAsked: asked !== '', isClaimed: false, pool })
    return value
  }

  /** 0 is any. Throws AllocationError. */
  takePort(asked: number): number {
    const { ports } = this.#pools
    const value = asked === 0 ? ports.takeAny() : asked
    if (asked !== 0) ports.take(asked)
    this.#ports.push({ value, isAsked: asked !== 0, isClaimed: false })
    return value
  }

  freeAddress(ip: string): void {
    this.#freedAddresses.push(ip)
  }

  freePort(port: number): void {
    if (port > 0) this.#freedPorts.push(port)
  }

  /** What another server was given meanwhile is replaced. Throws {@link InvalidService}. */
  async claim(service: Service): Promise<void> {
    const spec = specOf(service)
    const { namespace = '', name } = service.metadata
    for (const taken of this.#addresses) {
      while (!(await this.#claims.takeAddress(taken.value, { namespace, name }))) {
        const text = `failed to allocate IP ${taken.value}: provided IP is already allocated`
        if (taken.isAsked) {
          throw new InvalidService([invalidValue('spec.clusterIPs', spec.clusterIPs, text)])
        }
        // It stays taken here: its IPAddress is on its way to this server.
        const other = taken.pool.takeAny()
        replaceAddress(spec, taken.value, other)
        taken.value = other
      }
      taken.isClaimed = true
    }
    for (const taken of this.#ports) {
      while (!(await this.#claims.takePort(taken.value))) {
        if (taken.isAsked) throw portTaken(service, taken.value)
        this.#pools.ports.know(await this.#claims.ports())
        const other = this.#pools.ports.takeAny()
        replacePort(spec, taken.value, other)
        taken.value = other
      }
      taken.isClaimed = true
    }
  }

  async commit(): Promise<void> {
    for (const ip of this.#freedAddresses) await freeAddress(this.#pools, this.#claims, ip)
    await freePorts(this.#pools, this.#claims, this.#freedPorts)
  }

  async rollback(): Promise<void> {
    for (const { value, isClaimed } of this.#addresses) {
      if (isClaimed) await this.#claims.freeAddress(value)
    }
    const claimed = this.#ports.filter(({ isClaimed }) => isClaimed).map(({ value }) => value)
    await this.#claims.freePorts(claimed)
    this.forget()
  }

  /** Nothing was claimed yet. */
  forget(): void {
    for (const { value, pool } of this.#addresses) pool.free(value)
    for (const { value } of this.#ports) this.#pools.ports.free(value)
  }
}

export async function freeAddress(pools: Pools, claims: Claims, ip: string): Promise<void> {
  await claims.freeAddress(ip)
  for (const pool of pools.addresses) pool.free(ip)
}

export async function freePorts(
  pools: Pools,
  claims: Claims,
  ports: readonly number[],
): Promise<void> {
  await claims.freePorts(ports)
  for (const port of ports) pools.ports.free(port)
}

function portTaken(service: Service, port: number): Error {
  const index = (specOf(service).ports ?? []).findIndex(({ nodePort }) => nodePort === port)
  const why = 'provided port is already allocated'
  if (index >= 0) {
    return new InvalidService([invalidValue(`spec.ports[${index}].nodePort`, port, why)])
  }
  return internalError(`failed to allocate requested HealthCheck NodePort ${port}: ${why}`)
}

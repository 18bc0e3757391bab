import type { Allocation } from '#apiserver/registry/allocator.ts'
import type { AddressPool, PortPool } from './pools.ts'

export interface Pools {
  /** The first is the cluster's own family; at most one of each. */
  readonly addresses: readonly AddressPool[]
  readonly ports: PortPool
}

/** What one write takes at once, and gives back when it is stored or when it fails. */
export class Reservation implements Allocation {
  readonly #pools: Pools
  readonly #undo: (() => void)[] = []
  readonly #atCommit: (() => void)[] = []

  constructor(pools: Pools) {
    this.#pools = pools
  }

  poolOf(family: string): AddressPool | undefined {
    return this.#pools.addresses.find((pool) => pool.family === family)
  }

  /** An address of the family; '' is any. Throws AllocationError. */
  takeAddress(pool: AddressPool, asked: string): string {
    const ip = asked === '' ? pool.takeAny() : asked
    if (asked !== '') pool.take(asked)
    this.#undo.push(() => pool.free(ip))
    return ip
  }

  /** 0 is any. Throws AllocationError. */
  takePort(asked: number): number {
    const { ports } = this.#pools
    const port = asked === 0 ? ports.takeAny() : asked
    if (asked !== 0) ports.take(asked)
    this.#undo.push(() => ports.free(port))
    return port
  }

  freeAddress(ip: string): void {
    this.#atCommit.push(() => this.#pools.addresses.forEach((pool) => pool.free(ip)))
  }

  freePort(port: number): void {
    if (port > 0) this.#atCommit.push(() => this.#pools.ports.free(port))
  }

  commit(): void {
    for (const free of this.#atCommit) free()
  }

  rollback(): void {
    for (const undo of this.#undo) undo()
  }
}

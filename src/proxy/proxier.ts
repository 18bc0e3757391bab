/**
 * Keeps the kernel's rules of one address family equal to what Services and endpoints say. It remembers
 * what it wrote, so that a change costs as much as the change is large.
 */
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { Iptables } from '#linux/iptables.ts'
import { compileService } from './compile.ts'
import type { NodeFacts, PortRules } from './compile.ts'
import { limits } from './limits.ts'
import { findDamage, planAll, planChanges, planCleanup } from './transactions.ts'
import type { PortChange } from './transactions.ts'

/** The Services and endpoints of now. */
export interface ProxySource {
  /** `namespace/name` of each Service. */
  keys(): Iterable<string>
  service(key: string): Service | undefined
  slices(key: string): readonly EndpointSlice[]
}

export interface SyncResult {
  readonly kind: 'full' | 'partial'
  /** Ports whose rules changed, as they were and as they are. */
  readonly changes: readonly PortChange[]
}

export class Proxier {
  readonly #iptables: Iptables
  readonly #source: ProxySource
  #node: Omit<NodeFacts, 'manyEndpoints'>
  /** What the kernel holds. */
  #ports = new Map<string, PortRules>()
  #portsOfService = new Map<string, readonly string[]>()
  #endpoints = 0
  #changed = new Set<string>()
  #writeAll = true

  constructor(options: {
    iptables: Iptables
    source: ProxySource
    node: Omit<NodeFacts, 'manyEndpoints'>
  }) {
    this.#iptables = options.iptables
    this.#source = options.source
    this.#node = options.node
  }

  /** A Service or its endpoints changed; the next `sync` looks at it. */
  changed(key: string): void {
    this.#changed.add(key)
  }

  /** The node changed: everything is compiled again. */
  setNode(node: Omit<NodeFacts, 'manyEndpoints'>): void {
    this.#node = node
    this.#writeAll = true
  }

  get ports(): ReadonlyMap<string, PortRules> {
    return this.#ports
  }

  get nextSync(): SyncResult['kind'] {
    return this.#writeAll ? 'full' : 'partial'
  }

  /** Rejects with a CommandError when the kernel refuses; the next call then writes everything. */
  async sync(): Promise<SyncResult> {
    const kind = this.nextSync
    const changed = this.#changed
    this.#changed = new Set()
    this.#writeAll = false
    try {
      return { kind, changes: await (kind === 'full' ? this.#all() : this.#some(changed)) }
    } catch (error) {
      this.#writeAll = true
      throw error
    }
  }

  /** Compares the kernel with what it should hold; damage makes the next `sync` write everything. */
  async verify(): Promise<string | undefined> {
    const saved = await this.#iptables.save()
    const damage = findDamage(this.#ports, this.#facts(), saved)
    if (damage !== undefined) this.#writeAll = true
    return damage
  }

  /** Removes everything of ours from the kernel. */
  async cleanup(): Promise<void> {
    await removeRules(this.#iptables)
    this.#ports = new Map()
    this.#portsOfService = new Map()
    this.#writeAll = true
  }

  async #all(): Promise<PortChange[]> {
    const before = this.#ports
    const after = new Map<string, PortRules>()
    const portsOfService = new Map<string, readonly string[]>()
    this.#endpoints = countEndpoints(this.#source)
    const node = this.#facts()
    for (const key of this.#source.keys()) {
      const ports = this.#compile(key, node)
      if (ports.length > 0) portsOfService.set(key, ports.map(keyOf))
      for (const port of ports) after.set(keyOf(port), port)
    }
    for (const text of planAll(after, node, await this.#iptables.save())) {
      await this.#iptables.restore(text)
    }
    this.#ports = after
    this.#portsOfService = portsOfService
    return [...new Set([...before.keys(), ...after.keys()])].map((key) => ({
      prior: before.get(key),
      next: after.get(key),
    }))
  }

  async #some(changed: ReadonlySet<string>): Promise<PortChange[]> {
    const node = this.#facts()
    const changes: PortChange[] = []
    for (const key of changed) {
      const next = new Map(this.#compile(key, node).map((port) => [keyOf(port), port]))
      const prior = this.#portsOfService.get(key) ?? []
      for (const port of new Set([...prior, ...next.keys()])) {
        changes.push({ prior: this.#ports.get(port), next: next.get(port) })
      }
      if (next.size === 0) this.#portsOfService.delete(key)
      else this.#portsOfService.set(key, [...next.keys()])
    }
    for (const { prior, next } of changes) {
      if (prior !== undefined) this.#ports.delete(keyOf(prior))
      if (next !== undefined) this.#ports.set(keyOf(next), next)
      this.#endpoints += (next?.endpoints.length ?? 0) - (prior?.endpoints.length ?? 0)
    }
    for (const text of planChanges(changes, this.#ports, node)) {
      await this.#iptables.restore(text)
    }
    return changes
  }

  #compile(key: string, node: NodeFacts): PortRules[] {
    const service = this.#source.service(key)
    return service === undefined ? [] : compileService(service, this.#source.slices(key), node)
  }

  #facts(): NodeFacts {
    return { ...this.#node, manyEndpoints: this.#endpoints > limits.manyEndpoints }
  }
}

/** Removes every rule and chain that a kube-proxy made, whichever process that was. */
export async function removeRules(iptables: Iptables): Promise<void> {
  const text = planCleanup(await iptables.save())
  if (text !== '') await iptables.restore(text)
}

function keyOf(rules: PortRules): string {
  return rules.port.key
}

function countEndpoints(source: ProxySource): number {
  let count = 0
  for (const key of source.keys()) {
    for (const slice of source.slices(key)) {
      count += (slice.endpoints?.length ?? 0) * (slice.ports?.length ?? 0)
    }
  }
  return count
}

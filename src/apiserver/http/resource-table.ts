/** The rows that are served, by where they are served. Custom resources come and go. */
import { apiVersionOf } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'

export class ResourceTable {
  readonly #rows = new Map<string, Resource>()
  readonly #groupVersions = new Map<string, number>()
  readonly #subscribers = new Set<() => void>()
  #generation = 0

  constructor(rows: readonly Resource[]) {
    for (const row of rows) this.add(row)
  }

  /** Goes up with every change: what is derived from the rows may be kept until then. */
  get generation(): number {
    return this.#generation
  }

  /** Calls back after each change. */
  subscribe(changed: () => void): Disposable {
    this.#subscribers.add(changed)
    return { [Symbol.dispose]: () => void this.#subscribers.delete(changed) }
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#rows.get(`${group}/${version}/${plural}`)
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.#groupVersions.has(apiVersionOf({ group, version }))
  }

  all(): readonly Resource[] {
    return [...this.#rows.values()]
  }

  /** Replaces a row with the same place. */
  add(row: Resource): void {
    this.remove(row)
    this.#rows.set(`${row.group}/${row.version}/${row.plural}`, row)
    const groupVersion = apiVersionOf(row)
    this.#groupVersions.set(groupVersion, (this.#groupVersions.get(groupVersion) ?? 0) + 1)
    this.#change()
  }

  remove(row: Pick<Resource, 'group' | 'version' | 'plural'>): void {
    if (!this.#rows.delete(`${row.group}/${row.version}/${row.plural}`)) return
    const groupVersion = apiVersionOf(row)
    const left = (this.#groupVersions.get(groupVersion) ?? 1) - 1
    if (left === 0) this.#groupVersions.delete(groupVersion)
    else this.#groupVersions.set(groupVersion, left)
    this.#change()
  }

  #change(): void {
    this.#generation += 1
    for (const changed of this.#subscribers) changed()
  }
}

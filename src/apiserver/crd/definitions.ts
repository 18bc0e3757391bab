/**
 * Keeps what is served, and what each definition says of itself, true to the definitions: one at a time,
 * so that two of them cannot get the same name.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go and
 * customresource_handler.go, v1.36.
 */
import type { CustomResourceDefinition } from '#api/apiextensions/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { customresourcedefinitions as type } from '#api/resources.gen.ts'
import { timestamp, type Clock } from '#base/clock.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import type { RunningRegistry } from '#apiserver/registry/create-registry.ts'
import { cleanupFinalizer, isEstablished, isTerminating } from '#resources/custom/conditions.ts'
import type { Resource } from '#resources/resource.ts'
import type { ConversionOptions } from './conversion-webhook.ts'
import { finalize } from './finalize.ts'
import { planStatus } from './plan.ts'
import { rowsOf } from './rows.ts'

export interface DefinitionsOptions {
  readonly registry: RunningRegistry
  readonly resources: ResourceTable
  readonly clock: Clock
  readonly conversion: ConversionOptions
  /** A definition should be looked at again. */
  wake(name: string): void
}

/** A kind that is served, and what its rows were made of. */
interface Served {
  readonly rows: readonly Resource[]
  readonly source: object
  /** Tells when an object of the kind goes, while the definition waits for that. */
  watch?: Disposable
}

export class Definitions implements Disposable {
  readonly #options: DefinitionsOptions
  readonly #served = new Map<string, Served>()

  constructor(options: DefinitionsOptions) {
    this.#options = options
  }

  [Symbol.dispose](): void {
    for (const { watch } of this.#served.values()) watch?.[Symbol.dispose]()
  }

  /** Brings one definition to where it should be. Throws what the registry throws. */
  async reconcile(name: string): Promise<void> {
    const { objects } = this.#options.registry
    const definition = objects.get(type, '', name)
    if (definition === undefined) return this.#forget(name)
    const established = await this.#establish(definition)
    await this.#finalize(established)
  }

  /** Accepts names, serves the kind, and then says so. */
  async #establish(definition: CustomResourceDefinition): Promise<CustomResourceDefinition> {
    const { registry, clock } = this.#options
    const { name } = definition.metadata
    const others = this.#groupOf(definition.spec.group, name)
    const now = timestamp(clock.nowMs())
    const status = planStatus(definition, others, now)
    const planned = { ...definition, status }
    if (isEstablished(planned)) await this.#serve(planned)
    if (status === definition.status) return definition
    try {
      const written = await registry.objects.modify(
        type,
        { namespace: '', name, subresource: 'status' },
        (next) => {
          next.status = planStatus(next, others, now)
        },
      )
      for (const other of others) this.#options.wake(other.metadata.name)
      return written
    } catch (error) {
      if (isStatus(error, 'NotFound')) return definition
      throw error
    }
  }

  #groupOf(group: string, except: string): readonly CustomResourceDefinition[] {
    return this.#options.registry.objects
      .list(type)
      .filter(({ spec, metadata }) => spec.group === group && metadata.name !== except)
  }

  async #serve(definition: CustomResourceDefinition): Promise<void> {
    const { registry, resources } = this.#options
    const { name } = definition.metadata
    const source = sourceOf(definition)
    const before = this.#served.get(name)
    if (before !== undefined && equalJson(before.source, source)) return
    const rows = await rowsOf(definition, this.#options.conversion)
    for (const row of rows) await registry.addResource(row)
    for (const row of before?.rows ?? []) resources.remove(row)
    for (const row of rows) resources.add(row)
    for (const row of before?.rows ?? []) registry.removeResource(row)
    before?.watch?.[Symbol.dispose]()
    this.#served.set(name, { rows, source })
  }

  #forget(name: string): void {
    const { registry, resources } = this.#options
    const served = this.#served.get(name)
    this.#served.delete(name)
    served?.watch?.[Symbol.dispose]()
    for (const row of served?.rows ?? []) {
      resources.remove(row)
      registry.removeResource(row)
    }
    const group = name.slice(name.indexOf('.') + 1)
    for (const { metadata } of this.#groupOf(group, name)) this.#options.wake(metadata.name)
  }

  async #finalize(definition: CustomResourceDefinition): Promise<void> {
    const { name, deletionTimestamp, finalizers = [] } = definition.metadata
    if (deletionTimestamp === undefined || !finalizers.includes(cleanupFinalizer)) return
    const { registry, clock } = this.#options
    const served = this.#served.get(name)
    const row = served?.rows[0]
    if (served !== undefined && row !== undefined) served.watch ??= this.#watchDeletions(name, row)
    const now = timestamp(clock.nowMs())
    await finalize({ objects: registry.objects, definition, row, now })
  }

  #watchDeletions(name: string, row: Resource): Disposable {
    const { group, version, kind, plural: resource, namespaced } = row
    const rowType = { group, version, kind, resource, namespaced }
    return this.#options.registry.objects.subscribe(rowType, (_object, change) => {
      if (change === 'DELETED') this.#options.wake(name)
    })
  }
}

/** All that the rows of a definition depend on. */
function sourceOf(definition: CustomResourceDefinition): object {
  const { spec, status } = definition
  const { acceptedNames: names, storedVersions } = status ?? {}
  return { spec, names, storedVersions, isTerminating: isTerminating(definition) }
}

/** Stored objects without a store: what admission, authorization and the server's loops are tested with. */
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import { alreadyExists, notFound } from '#api/meta/status.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { timestamp } from '#base/clock.ts'
import { resources } from '#resources/all.ts'
import type { Resource } from '#resources/resource.ts'

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED'
type Subscriber = (object: never, type: EventType) => void

interface Table {
  readonly byKey: Map<string, ApiObject>
  readonly subscribers: Set<Subscriber>
}

interface WithMetadata {
  metadata?: Partial<ApiObject['metadata']>
}

export class FakeObjects implements Objects {
  /** Every write in order: `create roles.rbac.authorization.k8s.io kube-system/reader`. */
  readonly writes: string[] = []
  readonly #tables = new Map<string, Table>()
  readonly #nowMs: () => number
  #revision = 0

  constructor(nowMs: () => number = () => Date.UTC(2030, 0, 1)) {
    this.#nowMs = nowMs
  }

  rows(): Iterable<Resource> {
    return resources
  }

  subscribeRows(): Disposable {
    return { [Symbol.dispose]() {} }
  }

  get<T>(type: ResourceType<T>, namespace: string, name: string): T | undefined {
    return this.#table(type).byKey.get(key(namespace, name)) as T | undefined
  }

  list<T>(type: ResourceType<T>, namespace?: string): readonly T[] {
    const all = [...this.#table(type).byKey.values()]
    const found =
      namespace === undefined ? all : all.filter((o) => o.metadata.namespace === namespace)
    return found as readonly unknown[] as readonly T[]
  }

  /** Sets up a test: stores the object, new or changed, at once and without a trace in `writes`. */
  put<T>(type: ResourceType<T>, object: Partial<Draft<T>>): T {
    const draft = structuredClone(object) as WithMetadata
    const { namespace = '', name = '' } = draft.metadata ?? {}
    const prior = this.#table(type).byKey.get(key(namespace, name))
    const stored = {
      apiVersion: apiVersionOf(type),
      kind: type.kind,
      ...draft,
      metadata: {
        creationTimestamp: prior?.metadata.creationTimestamp ?? timestamp(this.#nowMs()),
        uid: prior?.metadata.uid ?? `uid-${this.#revision + 1}`,
        ...draft.metadata,
        name,
      },
    }
    return this.#store(type, stored as ApiObject, prior === undefined ? 'ADDED' : 'MODIFIED') as T
  }

  /** Sets up a test: the object is gone. */
  drop<T>(type: ResourceType<T>, namespace: string, name: string): void {
    const table = this.#table(type)
    const object = table.byKey.get(key(namespace, name))
    table.byKey.delete(key(namespace, name))
    if (object !== undefined) this.#tell(table, object, 'DELETED')
  }

  async create<T>(type: ResourceType<T>, namespace: string, object: Draft<T>): Promise<T> {
    const { metadata } = object as WithMetadata
    const name = metadata?.name ?? ''
    if (this.get(type, namespace, name) !== undefined) throw alreadyExists(type, name)
    this.#note('create', type, key(namespace, name))
    const at = namespace === '' ? {} : { namespace }
    return this.put(type, { ...object, metadata: { ...metadata, ...at } } as Draft<T>)
  }

  async modify<T extends ApiObject>(
    type: ResourceType<T>,
    at: { readonly namespace: string; readonly name: string; readonly subresource?: string },
    change: (object: T) => boolean | void,
  ): Promise<T> {
    const prior = this.get(type, at.namespace, at.name)
    if (prior === undefined) throw notFound(type, at.name)
    const next = structuredClone(prior)
    if (change(next) === false) return prior
    const subresource = at.subresource === undefined ? '' : `/${at.subresource}`
    this.#note('modify', type, `${key(at.namespace, at.name)}${subresource}`)
    return this.#store(type, next, 'MODIFIED')
  }

  async delete<T>(type: ResourceType<T>, namespace: string, name: string): Promise<void> {
    if (this.get(type, namespace, name) === undefined) throw notFound(type, name)
    this.#note('delete', type, key(namespace, name))
    this.drop(type, namespace, name)
  }

  subscribe<T>(type: ResourceType<T>, changed: (object: T, type: EventType) => void): Disposable {
    const { subscribers } = this.#table(type)
    subscribers.add(changed as Subscriber)
    return { [Symbol.dispose]: () => subscribers.delete(changed as Subscriber) }
  }

  #store<T extends ApiObject>(type: Where, object: T, event: EventType): T {
    this.#revision += 1
    object.metadata.resourceVersion = String(this.#revision)
    const table = this.#table(type)
    table.byKey.set(key(object.metadata.namespace ?? '', object.metadata.name), object)
    this.#tell(table, object, event)
    return object
  }

  #tell(table: Table, object: ApiObject, event: EventType): void {
    for (const subscriber of table.subscribers) subscriber(object as never, event)
  }

  #note(verb: string, type: Where, at: string): void {
    this.writes.push(`${verb} ${name(type)} ${at}`)
  }

  #table(type: Where): Table {
    const known = this.#tables.get(name(type))
    if (known !== undefined) return known
    const table: Table = { byKey: new Map(), subscribers: new Set() }
    this.#tables.set(name(type), table)
    return table
  }
}

type Where = Pick<ResourceType, 'group' | 'resource'>

function name(type: Where): string {
  return type.group === '' ? type.resource : `${type.resource}.${type.group}`
}

function key(namespace: string, object: string): string {
  return namespace === '' ? object : `${namespace}/${object}`
}

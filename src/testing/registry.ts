/** A registry on a memory store with a clock that stands still, and rows that are the tests' own. */
import type { ApiObject } from '#api/resource-type.ts'
import { must } from '#base/assert.ts'
import { silentLogger } from '#base/logger.ts'
import type { AdmissionPlugin } from '#apiserver/admission/plugin.ts'
import type { Allocator } from '#apiserver/registry/allocator.ts'
import { createRegistry, type RunningRegistry } from '#apiserver/registry/create-registry.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { CacheEvent, Call, WatchParams, WatchSink } from '#apiserver/registry/registry.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import { objectName, validateDns1123Subdomain } from '#api/meta/names.ts'
import { defineResource, type Resource, type Verb } from '#resources/resource.ts'
import { openMemory } from '#storage/memory/memory.ts'
import type { Storage } from '#storage/storage.ts'
import { FakeClock } from './clock.ts'

export interface Widget extends ApiObject {
  spec?: { size?: number; color?: string; replicas?: number; holders?: string[] }
  status?: { phase?: string; replicas?: number }
}

const verbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

const common = {
  group: 'example.com',
  version: 'v1',
  verbs,
  columns: [],
  status: true,
  hasGeneration: true,
  allowUnconditionalUpdate: true,
  schemaType: 'none',
  validateName: objectName(validateDns1123Subdomain),
} satisfies Partial<Resource>

/** Namespaced, with everything that a row can have but grace. */
export const widgets = defineResource<Widget>({
  ...common,
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  storageKey: 'example.com/widgets',
  namespaced: true,
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    setReplicas(widget, replicas) {
      widget.spec = { ...widget.spec, replicas }
    },
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: () => 'app=widget',
  },
  default(widget) {
    widget.spec ??= {}
    widget.spec.color ??= 'grey'
  },
  prepareForCreate(widget) {
    delete widget.status
    widget.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    next.status = prior.status
    const isSame = JSON.stringify(next.spec) === JSON.stringify(prior.spec)
    if (!isSame) next.metadata.generation = (prior.metadata.generation ?? 0) + 1
  },
  prepareForStatusUpdate(next, prior) {
    next.spec = prior.spec
  },
  validate: ({ spec }) =>
    (spec?.size ?? 0) < 0 ? [invalidValue('spec.size', spec?.size, 'must not be negative')] : [],
  validateUpdate: ({ spec }) =>
    (spec?.size ?? 0) < 0 ? [invalidValue('spec.size', spec?.size, 'must not be negative')] : [],
  selectableFields: { 'spec.color': ({ spec }) => spec?.color ?? '' },
})

/** Ends gracefully, and has holders in its spec. */
export const gracefuls = defineResource<Widget>({
  ...common,
  kind: 'Graceful',
  plural: 'gracefuls',
  singular: 'graceful',
  storageKey: 'gracefuls',
  namespaced: true,
  hasGeneration: false,
  allowUnconditionalUpdate: false,
  allowCreateOnUpdate: true,
  gracePeriodSeconds: (_, asked) => asked ?? 30,
  extraFinalizers: ({ spec }) => spec?.holders ?? [],
  prepareForDelete(object) {
    object.status = { phase: 'Terminating' }
  },
  subresourceUpdates: {
    finalize: {
      prepareForUpdate(next, prior) {
        next.status = prior.status
      },
      validateUpdate: () => [],
    },
  },
})

/** Cluster-scoped, expires after a minute. */
export const sparks = defineResource<ApiObject>({
  ...common,
  kind: 'Spark',
  plural: 'sparks',
  singular: 'spark',
  storageKey: 'sparks',
  namespaced: false,
  status: false,
  hasGeneration: false,
  ttlSeconds: 60,
})

/** The widgets in another version: `spec.size` is `spec.bigness` here. */
export const oldWidgets = defineResource<ApiObject & { spec?: { bigness?: number } }>({
  ...common,
  version: 'v1alpha1',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  storageKey: 'example.com/widgets',
  namespaced: true,
  conversion: {
    fromStored(stored) {
      const { spec } = stored as Widget
      return {
        ...stored,
        apiVersion: 'example.com/v1alpha1',
        spec: spec?.size === undefined ? {} : { bigness: spec.size },
      }
    },
    toStored: (object) => ({
      ...object,
      apiVersion: 'example.com/v1',
      spec: object.spec?.bigness === undefined ? {} : { size: object.spec.bigness },
    }),
  },
})

export interface TestRegistry extends AsyncDisposable {
  readonly registry: RunningRegistry
  readonly storage: Storage
  readonly clock: FakeClock
  readonly warnings: string[]
  /** A call on widgets in namespace `default` unless told otherwise. */
  call(options?: Partial<Call>): Call
  /** Collects the events of a watch until the test is over. */
  watch(params?: Partial<WatchParams>, call?: Partial<Call>): Promise<RecordedWatch>
}

export interface RecordedWatch extends Disposable {
  /** `ADDED name@resourceVersion`. */
  readonly seen: string[]
  readonly events: CacheEvent[]
  readonly batches: (readonly CacheEvent[])[]
  /** How it ended: undefined as long as it has not. */
  ended: { readonly failure: Error | undefined } | undefined
}

export interface TestRegistryOptions {
  readonly resources?: readonly Resource[]
  readonly admission?: readonly AdmissionPlugin[]
  readonly allocators?: (objects: Objects, storage: Storage) => readonly Allocator[]
  readonly storage?: Storage
  readonly clock?: FakeClock
  readonly random?: () => number
}

export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const clock = options.clock ?? new FakeClock()
  const storage = options.storage ?? openMemory({ clock })
  let uids = 0
  let randoms = 0
  const rows = options.resources ?? [widgets, oldWidgets, gracefuls, sparks]
  const registry = await createRegistry({
    storage,
    clock,
    resources: rows,
    admission: options.admission ?? [],
    ...(options.allocators !== undefined && { allocators: options.allocators }),
    random: options.random ?? (() => (randoms++ % 97) / 97),
    uid: () => `uid-${++uids}`,
    log: silentLogger,
  })
  const warnings: string[] = []
  const closing = new AbortController()
  const call = (wanted: Partial<Call> = {}): Call => ({
    user: { name: 'tester', groups: [] },
    resource: must(rows[0], 'there is a row'),
    namespace: 'default',
    subresource: '',
    fieldManager: 'test',
    dryRun: false,
    signal: closing.signal,
    warn: (text) => warnings.push(text),
    ...wanted,
  })
  return {
    registry,
    storage,
    clock,
    warnings,
    call,
    watch: (params, wanted) => record(registry, call(wanted), params),
    async [Symbol.asyncDispose]() {
      closing.abort()
      await registry[Symbol.asyncDispose]()
      await storage[Symbol.asyncDispose]()
    },
  }
}

async function record(
  registry: RunningRegistry,
  call: Call,
  params: Partial<WatchParams> = {},
): Promise<RecordedWatch> {
  const stopping = new AbortController()
  const watch: RecordedWatch = {
    seen: [],
    events: [],
    batches: [],
    ended: undefined,
    [Symbol.dispose]: () => stopping.abort(),
  }
  const sink: WatchSink = {
    events(batch) {
      watch.batches.push(batch)
      watch.events.push(...batch)
      for (const { type, cached } of batch) {
        watch.seen.push(`${type} ${cached.object.metadata.name ?? ''}@${cached.resourceVersion}`)
      }
    },
    end(failure) {
      watch.ended = { failure }
    },
  }
  const signal = AbortSignal.any([call.signal, stopping.signal])
  await registry.watch({ ...call, signal }, { allowBookmarks: false, ...params }, sink)
  return watch
}

/** A widget as a client writes it. */
export function widget(name: string, rest: Partial<Widget> = {}): Widget {
  const { metadata, ...others } = rest
  return {
    kind: 'Widget',
    apiVersion: 'example.com/v1',
    metadata: { name, ...metadata } as ApiObject['metadata'],
    ...others,
  }
}

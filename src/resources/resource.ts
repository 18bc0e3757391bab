/**
 * A resource is a row: all that differs between kinds is data and small pure functions here; the engine
 * has one path for all. Functions change the object they are given (it is the request's own copy).
 */
import type { FieldError } from '#api/meta/field-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { StructType } from '#api/schema.ts'

export type Verb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch'

export interface Column<T> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format: string
  readonly description: string
  /** 0 is shown always, 1 with `-o wide`. */
  readonly priority: number
  /** A date cell is an RFC 3339 string or undefined; the engine prints ages. */
  cell(object: T, nowMs: number): unknown
}

export interface ScaleRow<T> {
  replicas(object: T): number
  setReplicas(object: T, replicas: number): void
  statusReplicas(object: T): number
  /** In string form, as HPAs read it. */
  selector(object: T): string
}

/** How an object is written through one of its subresources: other rules than the main one's. */
export interface SubresourceUpdate<T> {
  prepareForUpdate(next: T, prior: T, context: WriteContext): void
  validateUpdate(next: T, prior: T): readonly FieldError[]
}

/** Written as a method so that a row of a kind is a row of any object. */
type FieldOf<T> = { value(object: T): string }['value']

export interface WriteContext {
  readonly nowMs: number
  /** Who writes. */
  readonly user: Writer
  /** Asked-for uid of a create, or the existing one. */
  readonly dryRun: boolean
}

/** A type that came at run time, by a CustomResourceDefinition. */
export interface CustomType {
  /** How managed fields and server-side apply take its objects apart; undefined: by what is there. */
  readonly fields: StructType | undefined
  /**
   * Takes out what the schema does not know and decodes metadata, in place; answers with the problems
   * (`unknown field "spec.x"`). Throws DecodeError.
   */
  decode(object: ApiObject): readonly string[]
  /** Its definition in an OpenAPI document. */
  definition(form: OpenApiForm): object
}

export interface OpenApiForm {
  /** `#/components/schemas/` or `#/definitions/` */
  readonly refPrefix: string
  readonly isV2: boolean
}

export function listKindOf({ kind, listKind }: Pick<Resource, 'kind' | 'listKind'>): string {
  return listKind ?? `${kind}List`
}

export interface Writer {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface Conversion<T extends ApiObject = ApiObject> {
  fromStored(stored: ApiObject): T
  toStored(object: T): ApiObject
  /** Somebody else converts: then the two above only serve who looks at metadata. */
  readonly remote?: {
    /** In the same order. */
    fromStored(stored: readonly ApiObject[]): Promise<readonly T[]>
    toStored(object: T): Promise<ApiObject>
  }
}

export interface Resource<T extends ApiObject = ApiObject> {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly Verb[]
  /** Those that discovery names; absent: all. */
  readonly advertisedVerbs?: readonly Verb[]
  /** False: an endpoint answers (reviews, bindings, componentstatuses) and nothing is stored. */
  readonly stored?: false
  /** The type's name in the schema: `core/v1.Pod`; '' for kinds that are not built in. */
  readonly schemaType: string
  /** Of kinds that are not built in. */
  readonly custom?: CustomType
  /** Of lists; absent: the kind and `List`. */
  readonly listKind?: string
  /** What is stored, when it is another version than this one. */
  readonly storageVersion?: string
  /** Said to everyone who uses the kind in this version. */
  readonly deprecation?: string
  /** Last parts of `/registry/<storageKey>/<namespace>/<name>`: nodes are `minions`. */
  readonly storageKey: string
  /** Served in this version, stored in another of the same storageKey; converts both ways. */
  readonly conversion?: Conversion<T>
  /** True: has a status subresource, and status is ignored on the main one. */
  readonly status: boolean
  /** Top-level fields that a write of the status cannot change; absent: the spec. */
  readonly fixedForStatus?: readonly string[]
  readonly scale?: ScaleRow<T>
  /** Further subresources by name; the engine finds their handlers by `resource/subresource`. */
  readonly subresources?: readonly string[]
  /** Those of them that write the object itself: `pods/resize`, `namespaces/finalize` … */
  readonly subresourceUpdates?: Readonly<Record<string, SubresourceUpdate<T>>>
  /** Events expire. */
  readonly ttlSeconds?: number
  /** Whether update may create (upstream: leases, endpoints, events …). */
  readonly allowCreateOnUpdate?: boolean
  /** Update without a resourceVersion overwrites whatever is there (most kinds allow it). */
  readonly allowUnconditionalUpdate?: boolean
  /** Whether metadata.name is a DNS subdomain, a label, a path segment …; returns upstream's messages. */
  validateName(name: string, prefix: boolean): readonly string[]
  /** Reads in what only writes of this kind need; resolves before any function below is called. */
  load?(): Promise<void>
  /** Upstream's SetDefaults_…; runs on every write and on nothing else. */
  default?(object: T): void
  /** Clears what a client may not set, sets generation; before validation. */
  prepareForCreate?(object: T, context: WriteContext): void
  prepareForUpdate?(next: T, prior: T, context: WriteContext): void
  prepareForStatusUpdate?(next: T, prior: T, context: WriteContext): void
  validate?(object: T): readonly FieldError[]
  validateUpdate?(next: T, prior: T): readonly FieldError[]
  validateStatusUpdate?(next: T, prior: T): readonly FieldError[]
  /** Texts for Warning headers, after validation; `prior` is absent on create. */
  warnings?(object: T, prior?: T): readonly string[]
  /**
   * The kind has metadata.generation. The row sets it: the engine hands the prior's generation over in
   * `next` (nothing on create), and prepareForCreate, prepareForUpdate set or raise it.
   */
  readonly hasGeneration: boolean
  /**
   * Graceful deletion (pods): the grace period in seconds, or 0 for at once. Absent: always at once.
   */
  gracePeriodSeconds?(object: T, asked: number | undefined): number
  /**
   * Called when deletion begins and something still holds the object: namespaces become Terminating.
   * Only metadata and status may change.
   */
  prepareForDelete?(object: T): void
  /** Holders of a dying object beside metadata.finalizers: a namespace's spec.finalizers. */
  extraFinalizers?(object: T): readonly string[]
  /** Added when deletion begins: the server itself has work to do before the object may go. */
  readonly deletionFinalizer?: string
  /** DELETE answers with the last state instead of a Status (upstream's ReturnDeletedObject: pods …). */
  readonly returnsDeletedObject?: boolean
  readonly defaultPropagation?: 'Orphan' | 'Background'
  readonly columns: readonly Column<T>[]
  /** Beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, FieldOf<T>>>
}

export function defineResource<T extends ApiObject>(row: Resource<T>): Resource<T> {
  return row
}

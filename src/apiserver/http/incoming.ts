/** A request whose sender is known and allowed: what HTTP and the in-memory transport have in common. */
import type { IncomingHttpHeaders } from 'node:http'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { CustomType } from '#resources/resource.ts'
import type { FieldValidation, PatchKind } from '#apiserver/registry/registry.ts'
import type { RequestInfo } from './request-info.ts'

export interface Incoming {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly info: RequestInfo
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly user: UserInfo
  readonly body: RequestBody
  readonly signal: AbortSignal
  /** A text for a Warning header. */
  warn(text: string): void
  /** Tells the audit log more of this request; absent: nothing is told of it. */
  annotate?(key: string, value: string): void
  /** Throws Forbidden unless the user may create what the request names; absent: no write may create. */
  authorizeCreate?(): Promise<void> | undefined
}

export interface RequestBody {
  /** As it comes, for proxies. Nobody may have asked for anything else before. */
  readonly raw: AsyncIterable<Uint8Array>
  /** An object of the kind; throws BadRequest, UnsupportedMediaType, RequestEntityTooLarge. */
  object(expected: ExpectedKind, validation: FieldValidation): Promise<ApiObject>
  /** The patch, parsed; throws like `object`. */
  patch(): Promise<PatchBody>
  /** Undefined when there is no body. */
  deleteOptions(): Promise<Partial<DeleteOptions> | undefined>
}

export interface PatchBody {
  readonly kind: PatchKind
  readonly patch: unknown
  /** Keys that come again, in the decoder's words; absent: it was never a text. */
  readonly duplicates?: () => readonly string[]
}

/** What a body must be. */
export interface ExpectedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The type's name in the schema; '' for custom kinds. */
  readonly schemaType: string
  /** Of custom kinds. */
  readonly custom?: CustomType
}

import type { ApiObject } from './resource-type.ts'

const encoder = new TextEncoder()

/** JSON with kind, apiVersion and metadata in front, as clients are used to; undefined is not written. */
export function encodeObject(
  object: ApiObject,
  type: { readonly kind: string; readonly apiVersion: string },
): Uint8Array {
  return encoder.encode(stringifyObject(object, type))
}

/** The same as text. */
export function stringifyObject(
  object: ApiObject,
  type: { readonly kind: string; readonly apiVersion: string },
): string {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object
  return JSON.stringify({ kind: type.kind, apiVersion: type.apiVersion, metadata, ...rest })
}

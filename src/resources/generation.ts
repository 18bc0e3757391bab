/**
 * metadata.generation counts the changes of what a client asks for, and status of the main resource is
 * the server's. Upstream: PrepareForCreate and PrepareForUpdate in pkg/registry/<group>/<kind>/strategy.go.
 */
import type { ApiObject } from '#api/resource-type.ts'
import { semanticEqual } from './checks/equality.ts'

/** Raises the generation when one of the named fields differs. */
export function raiseGeneration<T extends ApiObject>(
  next: T,
  prior: T,
  fields: readonly (keyof T)[],
): void {
  const before = prior.metadata.generation ?? 0
  const changed = fields.some((field) => !semanticEqual(next[field], prior[field]))
  if (changed) next.metadata.generation = before + 1
  else if (prior.metadata.generation !== undefined) next.metadata.generation = before
}

interface WithStatus extends ApiObject {
  status?: unknown
}

/** Status is written through the subresource only. */
export function keepStatus<T extends WithStatus>(next: T, prior: T): void {
  if (prior.status === undefined) delete next.status
  else next.status = prior.status
}

interface WithSpecAndStatus extends WithStatus {
  spec?: unknown
}

/** A status update changes nothing of the spec. */
export function keepSpec<T extends WithSpecAndStatus>(next: T, prior: T): void {
  if (prior.spec === undefined) delete next.spec
  else next.spec = prior.spec
}

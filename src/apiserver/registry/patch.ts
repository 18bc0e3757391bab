import { methodNotSupported } from '#api/meta/status.ts'
import { groupResource, type Engine } from './engine.ts'
import type { Changed } from './modify.ts'
import type { Call, PatchRequest } from './registry.ts'

export async function patch(_engine: Engine, call: Call, request: PatchRequest): Promise<Changed> {
  throw methodNotSupported(groupResource(call.resource), `${request.kind} patch`)
}

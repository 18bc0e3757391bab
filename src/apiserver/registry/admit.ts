/** Runs the admission plugins over a write. */
import type { ApiObject } from '#api/resource-type.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Engine } from './engine.ts'
import type { Call } from './registry.ts'

interface Write {
  readonly operation: AdmissionRequest['operation']
  readonly name: string
  readonly object: ApiObject | undefined
  readonly prior: ApiObject | undefined
}

export function admissionRequest(call: Call, write: Write): AdmissionRequest {
  return {
    ...write,
    resource: call.resource,
    subresource: call.subresource,
    namespace: call.namespace,
    user: call.user,
    dryRun: call.dryRun,
    warn: (text) => call.warn(text),
    annotate: (key, value) => call.annotate?.(key, value),
  }
}

/** Lets every mutating plugin change the object, in order. */
export async function mutate(engine: Engine, request: AdmissionRequest): Promise<void> {
  for (const plugin of engine.admission) {
    if (plugin.admit === undefined || !plugin.handles(request)) continue
    const pending = plugin.admit(request)
    if (pending !== undefined) await pending
  }
}

/** Asks every validating plugin; the first refusal is thrown. */
export async function judge(engine: Engine, request: AdmissionRequest): Promise<void> {
  for (const plugin of engine.admission) {
    if (plugin.validate === undefined || !plugin.handles(request)) continue
    const pending = plugin.validate(request)
    if (pending !== undefined) await pending
  }
}

/** Tells the plugins that a request is over, however it ended. */
export function settle(engine: Engine, request: AdmissionRequest): void {
  for (const plugin of engine.admission) plugin.settle?.(request)
}

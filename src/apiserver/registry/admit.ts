/** Runs the admission plugins over a write. */
import type { ApiObject } from '#api/resource-type.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Engine } from './engine.ts'
import type { Call } from './registry.ts'

type Plugins = Pick<Engine, 'admission'>

interface Write {
  readonly operation: AdmissionRequest['operation']
  readonly name: string
  readonly object: ApiObject | undefined
  readonly prior: ApiObject | undefined
  /** DeleteOptions. */
  readonly options?: Readonly<Record<string, unknown>>
}

export function admissionRequest(call: Call, write: Write): AdmissionRequest {
  const { fieldManager } = call
  return {
    options: fieldManager === '' ? {} : { fieldManager },
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

/** Lets every mutating plugin change the object, in order; again when an outsider has changed it. */
export async function mutate({ admission }: Plugins, request: AdmissionRequest): Promise<void> {
  await admitAll(admission, request)
  const { reinvocation } = request
  if (reinvocation?.isWanted !== true) return
  reinvocation.isAgain = true
  await admitAll(admission, request)
}

async function admitAll(
  plugins: readonly AdmissionPlugin[],
  request: AdmissionRequest,
): Promise<void> {
  for (const plugin of plugins) {
    if (plugin.admit === undefined || !plugin.handles(request)) continue
    const pending = plugin.admit(request)
    if (pending !== undefined) await pending
  }
}

/** Asks every validating plugin; the first refusal is thrown. */
export async function judge({ admission }: Plugins, request: AdmissionRequest): Promise<void> {
  for (const plugin of admission) {
    if (plugin.validate === undefined || !plugin.handles(request)) continue
    const pending = plugin.validate(request)
    if (pending !== undefined) await pending
  }
}

/** Tells the plugins that a request is over, however it ended. */
export function settle({ admission }: Plugins, request: AdmissionRequest): void {
  for (const plugin of admission) plugin.settle?.(request)
}

import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { silentLogger } from '#base/logger.ts'
import type { Resource } from '#resources/resource.ts'
import { FakeClock } from './clock.ts'

export type AdmissionCase = Partial<Omit<AdmissionRequest, 'resource'>> & {
  readonly type: ResourceType<unknown>
  /** Receives the texts of warnings. */
  readonly warnings?: string[]
}

/** A request as the registry makes it; the operation follows from which objects are given. */
export function admissionRequest({ type, warnings, ...given }: AdmissionCase): AdmissionRequest {
  const object = given.object ?? given.prior
  const operation =
    given.object === undefined ? 'DELETE' : given.prior === undefined ? 'CREATE' : 'UPDATE'
  const { group, version, kind, resource: plural, namespaced } = type
  return {
    operation,
    resource: { group, version, kind, plural, namespaced } as Resource,
    subresource: '',
    namespace: object?.metadata.namespace ?? '',
    name: object?.metadata.name ?? '',
    user: { name: 'alice', groups: ['system:authenticated'] },
    object: undefined,
    prior: undefined,
    dryRun: false,
    warn: (text) => warnings?.push(text),
    ...given,
  }
}

/** Runs what the plugins have to say of a request, as the registry does; returns its object. */
export async function admit(
  plugins: readonly AdmissionPlugin[],
  request: AdmissionRequest,
): Promise<ApiObject | undefined> {
  const asked = plugins.filter((plugin) => plugin.handles(request))
  for (const plugin of asked) await plugin.admit?.(request)
  for (const plugin of asked) await plugin.validate?.(request)
  return request.object
}

/** What plugins are made with; `configurations` is what the flag's file would say. */
export function admissionDeps(
  objects: Objects,
  more: Partial<AdmissionDeps> = {},
): AdmissionDeps & { readonly clock: FakeClock } {
  return {
    objects: () => objects,
    authorizer: () => ({ authorize: () => ({ allowed: false, reason: '' }) }),
    log: silentLogger,
    random: () => 0,
    uid: () => 'uid',
    ...more,
    clock: new FakeClock(),
  }
}

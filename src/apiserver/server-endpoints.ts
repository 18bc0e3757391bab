/** The endpoint table: what other parts bring, then our own. */
import { admitEndpoint } from './admission/admit-endpoint.ts'
import type { Admit } from './registry-endpoints/admit.ts'
import { admitted } from './admission/admit-endpoint.ts'
import { componentStatusEndpoint } from './http/component-status.ts'
import type { ComponentCheck } from './http/component-status.ts'
import type { Endpoint, Endpoints } from './http/endpoint.ts'
import { bindingEndpoint } from './registry-endpoints/binding.ts'
import { evictionEndpoint } from './registry-endpoints/eviction.ts'
import type { Assembly } from './server.ts'

export function endpointsOf(
  { options, registry, admission }: Assembly,
  identity: ReadonlyMap<string, Endpoint>,
): Endpoints {
  const { objects } = registry
  const given = options.parts.endpoints?.(objects) ?? {}
  const store: ComponentCheck = {
    name: 'etcd-0',
    async check() {
      await options.storage.revision()
      return 'ok'
    },
  }
  const admit: Admit = (request, object) => admitEndpoint(admission, request, object)
  const deps = { registry, objects, clock: options.clock, admit }
  const binding = bindingEndpoint(deps)
  return {
    plain: new Map([
      ['GET componentstatuses', componentStatusEndpoint([...(options.components ?? []), store])],
      ['POST bindings', binding],
      ['POST pods/binding', binding],
      ['POST pods/eviction', evictionEndpoint(deps)],
      ...identity,
      ...(given.plain ?? []),
    ]),
    upgrade: given.upgrade ?? new Map(),
  }
}

/** The endpoint table: what other parts bring, then our own. */
import { admitted } from './admission/admit-endpoint.ts'
import { connecting } from './admission/connect.ts'
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
  const components = [...(options.components ?? []), ...(options.storeChecks ?? [store])]
  const deps = { registry, objects, clock: options.clock }
  const binding = admitted(admission, bindingEndpoint(deps))
  return connecting(admission, {
    plain: new Map([
      ['GET componentstatuses', componentStatusEndpoint(components)],
      ['POST bindings', binding],
      ['POST pods/binding', binding],
      ['POST pods/eviction', admitted(admission, evictionEndpoint(deps))],
      ...identity,
      ...(given.plain ?? []),
    ]),
    upgrade: given.upgrade ?? new Map(),
  })
}

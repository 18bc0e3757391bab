/**
 * The parts of a server as upstream's defaults have them: Node and RBAC authorization with the bootstrap
 * roles, the default admission plugins, cluster IPs and node ports.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import { createAuthorization } from './authorization/create-authorization.ts'
import type { Authorization, AuthorizationOptions } from './authorization/create-authorization.ts'
import type { Endpoints } from './http/endpoint.ts'
import type { Objects } from './registry/objects.ts'
import { createServiceAllocator } from './registry/service-allocator.ts'
import type { ApiServerOptions, ApiServerParts } from './server-options.ts'

export interface StandardPartsOptions extends Pick<
  ApiServerOptions,
  'random' | 'serviceClusterIpRange' | 'serviceNodePortRange'
> {
  readonly clock: Clock
  readonly log: Logger
  /** `--authorization-mode` */
  readonly authorizationModes: AuthorizationOptions['modes']
  readonly admission: (objects: Objects) => readonly AdmissionPlugin[]
  /** Log, exec, attach, port-forward, proxies. */
  readonly endpoints?: (objects: Objects) => Partial<Endpoints>
}

export function standardParts(options: StandardPartsOptions): ApiServerParts {
  const { clock, log, authorizationModes: modes } = options
  const made = new WeakMap<Objects, Authorization>()
  const authorization = (objects: Objects): Authorization => {
    const known = made.get(objects) ?? createAuthorization({ objects, clock, log, modes })
    made.set(objects, known)
    return known
  }
  return {
    authorizer: (objects) => authorization(objects).authorizer,
    admission: (objects) => [...options.admission(objects), ...authorization(objects).checks],
    allocators: (objects) => [
      createServiceAllocator(objects, {
        clusterIpRanges: options.serviceClusterIpRange.split(','),
        nodePortRange: {
          first: options.serviceNodePortRange.from,
          last: options.serviceNodePortRange.to,
        },
        random: () => options.random(),
      }),
    ],
    endpoints(objects) {
      const given = options.endpoints?.(objects) ?? {}
      const plain = new Map([...authorization(objects).endpoints, ...(given.plain ?? [])])
      return { ...given, plain }
    },
    bootstrap: (objects) => authorization(objects).start(),
    async close(objects) {
      await authorization(objects)[Symbol.asyncDispose]()
    },
  }
}

/**
 * The parts of a server as upstream's defaults have them: Node and RBAC authorization with the bootstrap
 * roles, the default admission plugins, cluster IPs and node ports.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { certificateRequestProof } from './admission/certificate-request-proof.ts'
import { createAdmission } from './admission/create-admission.ts'
import type { Admission, PluginChoice } from './admission/create-admission.ts'
import type { AdmissionConfigurations } from './admission/configurations.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import { expressionCheck } from './admission/policies/expression-check.ts'
import type { Reach } from './admission/webhooks/target.ts'
import { WebhookTransport } from './admission/webhooks/transport.ts'
import { byEndpoint } from './aggregator/locate.ts'
import { createAuthorization } from './authorization/create-authorization.ts'
import type { Authorization, AuthorizationOptions } from './authorization/create-authorization.ts'
import { postReview } from './crd/post-review.ts'
import type { Endpoints } from './http/endpoint.ts'
import type { Objects } from './registry/objects.ts'
import { createServiceAllocator } from './registry/service-allocator.ts'
import type { ApiServerOptions, ApiServerParts } from './server-options.ts'

export interface StandardPartsOptions extends Pick<
  ApiServerOptions,
  'random' | 'uid' | 'serviceClusterIpRange' | 'serviceNodePortRange'
> {
  readonly clock: Clock
  readonly log: Logger
  /** `--authorization-mode` */
  readonly authorizationModes: AuthorizationOptions['modes']
  readonly authorizationWebhooks?: AuthorizationOptions['webhooks']
  /** `--authorization-policy-file` */
  readonly authorizationPolicies?: AuthorizationOptions['policies']
  readonly admissionPlugins: PluginChoice
  /** `--admission-control-config-file` */
  readonly admissionConfigurations?: AdmissionConfigurations
  /** `--enable-aggregator-routing`: webhooks, too, are reached at the addresses behind their Services. */
  readonly routing?: boolean
  /** Plugins beyond upstream's table: asked after it. */
  readonly admission?: (objects: Objects) => readonly AdmissionPlugin[]
  /** Log, exec, attach, port-forward, proxies. */
  readonly endpoints?: (objects: Objects) => Partial<Endpoints>
}

interface Made {
  readonly authorization: Authorization
  readonly admission: Admission
  /** To the webhooks that convert custom objects. */
  readonly webhooks: WebhookTransport
  readonly reach: Reach
}

export function standardParts(options: StandardPartsOptions): ApiServerParts {
  const { clock, log, authorizationModes: modes } = options
  const { authorizationWebhooks: webhooks = [], authorizationPolicies: policies = [] } = options
  const made = new WeakMap<Objects, Made>()
  const make = (objects: Objects): Made => {
    const known = made.get(objects)
    if (known !== undefined) return known
    const authorization = createAuthorization({ objects, clock, log, modes, webhooks, policies })
    const locate = options.routing === true ? byEndpoint(objects, options.random) : undefined
    const reach = locate === undefined ? {} : { locate }
    const admission = createAdmission(
      {
        ...reach,
        configurations: options.admissionConfigurations ?? {},
        objects: () => objects,
        authorizer: () => authorization.authorizer,
        clock,
        log,
        random: () => options.random(),
        uid: () => options.uid(),
      },
      options.admissionPlugins,
    )
    const all = { authorization, admission, reach, webhooks: new WebhookTransport(clock) }
    made.set(objects, all)
    return all
  }
  return {
    authorizer: (objects) => make(objects).authorization.authorizer,
    admission: (objects) => [
      ...make(objects).admission.plugins,
      ...(options.admission?.(objects) ?? []),
      certificateRequestProof,
      ...make(objects).authorization.checks,
      expressionCheck(),
    ],
    allocators: (objects, storage) => [
      createServiceAllocator(objects, storage, {
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
      const plain = new Map([...make(objects).authorization.endpoints, ...(given.plain ?? [])])
      return { ...given, plain }
    },
    conversion: (objects) => postReview(objects, make(objects).webhooks, make(objects).reach),
    bootstrap: (objects) => make(objects).authorization.start(),
    async close(objects) {
      make(objects).webhooks[Symbol.dispose]()
      await make(objects).admission[Symbol.asyncDispose]()
      await make(objects).authorization[Symbol.asyncDispose]()
    },
  }
}

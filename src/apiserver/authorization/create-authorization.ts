/** Everything about what users may do, made from the stored objects once there are any. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { AdmissionPlugin } from '#apiserver/admission/plugin.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { abacAuthorizer } from './abac.ts'
import type { AbacPolicy } from './abac.ts'
import type { Authorizer } from './authorizer.ts'
import { nodeAuthorizer } from './node/node-authorizer.ts'
import { NodeGraph } from './node/node-graph.ts'
import { RoleAggregation } from './rbac/aggregate-roles.ts'
import { bootstrapRbac } from './rbac/bootstrap.ts'
import { escalationCheck } from './rbac/escalation-check.ts'
import { rbacAuthorizer } from './rbac/rbac-authorizer.ts'
import { RuleIndex } from './rbac/rule-index.ts'
import {
  localSubjectAccessReviewEndpoint,
  selfSubjectAccessReviewEndpoint,
  subjectAccessReviewEndpoint,
} from './reviews.ts'
import { selfSubjectRulesReviewEndpoint } from './rules-review.ts'
import { alwaysAllow, alwaysDeny, mastersAuthorizer, union } from './union.ts'
import type { Mode } from './union.ts'
import { webhookAuthorizer } from './webhook.ts'
import type { WebhookOptions } from './webhook.ts'

export interface AuthorizationOptions {
  readonly objects: Objects
  readonly clock: Clock
  readonly log: Logger
  readonly modes: readonly Mode[]
  /** One for each mode Webhook, in the same order. */
  readonly webhooks?: readonly WebhookOptions[]
  /** Of the mode ABAC. */
  readonly policies?: readonly AbacPolicy[]
}

export interface Authorization extends AsyncDisposable {
  readonly authorizer: Authorizer
  /** Keys: as in `Endpoints.plain`. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
  /** Runs after all other admission: it cannot be switched off. */
  readonly checks: readonly AdmissionPlugin[]
  /** Makes the bootstrap roles, then keeps aggregated roles true. */
  start(): Promise<void>
}

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const { objects, modes, policies = [] } = options
  const index = modes.includes('RBAC') ? new RuleIndex(objects) : undefined
  const graph = modes.includes('Node') ? new NodeGraph(objects) : undefined
  const webhooks = [...(options.webhooks ?? [])]
  const authorizer = union([
    mastersAuthorizer,
    ...modes.map((mode) => authorizerOf(mode, { index, graph, webhooks, policies })),
  ])
  let aggregation: RoleAggregation | undefined
  return {
    authorizer,
    endpoints: new Map([
      ['POST subjectaccessreviews', subjectAccessReviewEndpoint(authorizer)],
      ['POST selfsubjectaccessreviews', selfSubjectAccessReviewEndpoint(authorizer)],
      ['POST localsubjectaccessreviews', localSubjectAccessReviewEndpoint(authorizer)],
      ['POST selfsubjectrulesreviews', selfSubjectRulesReviewEndpoint({ index, modes, policies })],
    ]),
    checks: index === undefined ? [] : [escalationCheck(index, authorizer)],
    async start() {
      if (index === undefined) return
      await bootstrapRbac(objects)
      aggregation ??= new RoleAggregation(options)
    },
    async [Symbol.asyncDispose]() {
      index?.[Symbol.dispose]()
      graph?.[Symbol.dispose]()
      await aggregation?.[Symbol.asyncDispose]()
    },
  }
}

interface Sources {
  readonly index: RuleIndex | undefined
  readonly graph: NodeGraph | undefined
  /** Those that are not yet in use. */
  readonly webhooks: WebhookOptions[]
  readonly policies: readonly AbacPolicy[]
}

function authorizerOf(mode: Mode, { index, graph, webhooks, policies }: Sources): Authorizer {
  if (mode === 'AlwaysAllow') return alwaysAllow
  if (mode === 'ABAC') return abacAuthorizer(policies)
  if (mode === 'RBAC' && index !== undefined) return rbacAuthorizer(index)
  if (mode === 'Node' && graph !== undefined) return nodeAuthorizer(graph)
  const webhook = mode === 'Webhook' ? webhooks.shift() : undefined
  return webhook === undefined ? alwaysDeny : webhookAuthorizer(webhook)
}

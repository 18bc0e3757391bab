/**
 * Who says what users may do. Upstream: pkg/kubeapiserver/options/authorization.go.
 */
import { parseModes } from '#apiserver/authorization/union.ts'
import type { Mode } from '#apiserver/authorization/union.ts'
import type { WebhookOptions } from '#apiserver/authorization/webhook.ts'
import { UserError } from '#base/user-error.ts'
import type { AbacPolicy } from '#apiserver/authorization/abac.ts'
import { connectByKubeconfig } from './connect-webhook.ts'
import type { WebhookWorld } from './connect-webhook.ts'
import type { Flag, Parsed } from './flags.ts'
import { read } from './read-file.ts'

export const authorizationFlags: readonly Flag[] = [
  {
    name: 'authorization-mode',
    kind: 'strings',
    default: ['Node', 'RBAC'],
    usage: 'AlwaysAllow, AlwaysDeny, ABAC, Webhook, RBAC, Node: asked in this order',
  },
  {
    name: 'authorization-config',
    kind: 'string',
    usage: 'an AuthorizationConfiguration, in place of the other flags',
  },
  {
    name: 'authorization-policy-file',
    kind: 'string',
    usage: 'the policies of the mode ABAC, one a line',
  },
  {
    name: 'authorization-webhook-config-file',
    kind: 'string',
    usage: 'a kubeconfig of the server that the mode Webhook asks',
  },
  {
    name: 'authorization-webhook-version',
    kind: 'string',
    default: 'v1beta1',
    usage: 'of the SubjectAccessReviews that it gets: v1beta1 or v1',
  },
  {
    name: 'authorization-webhook-cache-authorized-ttl',
    kind: 'duration',
    default: '5m0s',
    usage: 'how long a yes is believed',
  },
  {
    name: 'authorization-webhook-cache-unauthorized-ttl',
    kind: 'duration',
    default: '30s',
    usage: 'how long anything else is',
  },
]

export interface AuthorizationChoice {
  readonly modes: readonly Mode[]
  readonly webhooks: readonly WebhookOptions[]
  readonly policies: readonly AbacPolicy[]
}

/** Throws UserError. */
export async function readAuthorization(
  flags: Parsed,
  world: WebhookWorld,
): Promise<AuthorizationChoice> {
  const config = flags.string('authorization-config')
  if (config !== '') {
    refuseFlagsBeside(flags)
    const { readAuthorizationConfig } = await import('./authorization-config.ts')
    const { modes, webhooks } = await readAuthorizationConfig(config, world)
    return { modes, webhooks, policies: await policiesOf(flags, modes) }
  }
  const modes = parseModes(flags.strings('authorization-mode'))
  const [policies, webhooks] = [
    await policiesOf(flags, modes),
    await webhooksOf(flags, modes, world),
  ]
  return { modes, webhooks, policies }
}

async function policiesOf(
  flags: Parsed,
  modes: readonly Mode[],
): Promise<AuthorizationChoice['policies']> {
  const path = flags.string('authorization-policy-file')
  if (!modes.includes('ABAC')) {
    if (path === '') return []
    throw new UserError('cannot specify --authorization-policy-file without mode ABAC')
  }
  if (path === '') {
    throw new UserError("authorization-mode ABAC's authorization policy file not passed")
  }
  const { parseAbacPolicies } = await import('#apiserver/authorization/abac.ts')
  return parseAbacPolicies(await read('authorization-policy-file', path), path)
}

async function webhooksOf(
  flags: Parsed,
  modes: readonly Mode[],
  { clock, random }: WebhookWorld,
): Promise<AuthorizationChoice['webhooks']> {
  const path = flags.string('authorization-webhook-config-file')
  if (!modes.includes('Webhook')) {
    if (path === '') return []
    throw new UserError('cannot specify --authorization-webhook-config-file without mode Webhook')
  }
  if (path === '') {
    throw new UserError("authorization-mode Webhook's authorization config file not passed")
  }
  const version = flags.string('authorization-webhook-version')
  if (version !== 'v1' && version !== 'v1beta1') {
    throw new UserError(`--authorization-webhook-version ${version} must be v1 or v1beta1`)
  }
  const webhook: WebhookOptions = {
    post: await connectByKubeconfig('--authorization-webhook-config-file', path),
    clock,
    random,
    version,
    authorizedTtlMs: flags.durationMs('authorization-webhook-cache-authorized-ttl'),
    unauthorizedTtlMs: flags.durationMs('authorization-webhook-cache-unauthorized-ttl'),
  }
  return [webhook]
}

/** A file of policies may be there: only the mode says whether it counts. */
const besideConfig: readonly string[] = ['authorization-config', 'authorization-policy-file']

function refuseFlagsBeside(flags: Parsed): void {
  const beside = authorizationFlags.find(
    ({ name }) => !besideConfig.includes(name) && flags.given.has(name),
  )
  if (beside === undefined) return
  throw new UserError(
    `--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined (--${beside.name} is)`,
  )
}

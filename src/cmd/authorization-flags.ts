/**
 * Who says what users may do. Upstream: pkg/kubeapiserver/options/authorization.go.
 */
import { parseModes } from '#apiserver/authorization/union.ts'
import type { Mode } from '#apiserver/authorization/union.ts'
import type { WebhookOptions } from '#apiserver/authorization/webhook.ts'
import { UserError } from '#base/user-error.ts'
import type { Clock } from '#base/clock.ts'
import type { Flag, Parsed } from './flags.ts'

export const authorizationFlags: readonly Flag[] = [
  {
    name: 'authorization-mode',
    kind: 'strings',
    default: ['Node', 'RBAC'],
    usage: 'AlwaysAllow, AlwaysDeny, Node, RBAC, Webhook: asked in this order',
  },
  {
    name: 'authorization-config',
    kind: 'string',
    usage: 'an AuthorizationConfiguration, in place of the other flags',
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
}

/** Of a webhook that the flags name; upstream's. */
const timeoutMs = 30_000

/** Throws UserError. */
export async function readAuthorization(flags: Parsed, clock: Clock): Promise<AuthorizationChoice> {
  const config = flags.string('authorization-config')
  if (config !== '') {
    refuseFlagsBeside(flags)
    const { readAuthorizationConfig } = await import('./authorization-config.ts')
    return readAuthorizationConfig(config, clock)
  }
  const modes = parseModes(flags.strings('authorization-mode'))
  const path = flags.string('authorization-webhook-config-file')
  if (!modes.includes('Webhook')) {
    if (path === '') return { modes, webhooks: [] }
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
    post: await connectByKubeconfig('--authorization-webhook-config-file', path, timeoutMs),
    clock,
    version,
    authorizedTtlMs: flags.durationMs('authorization-webhook-cache-authorized-ttl'),
    unauthorizedTtlMs: flags.durationMs('authorization-webhook-cache-unauthorized-ttl'),
  }
  return { modes, webhooks: [webhook] }
}

/** Throws UserError when the file cannot be read. */
export async function connectByKubeconfig(
  what: string,
  path: string,
  limitMs: number,
): Promise<WebhookOptions['post']> {
  const [{ loadKubeconfig }, { postTo }] = await Promise.all([
    import('#client/kubeconfig.ts'),
    import('#apiserver/authorization/webhook-connection.ts'),
  ])
  const server = await loadKubeconfig(path).catch((error: Error) => {
    throw new UserError(`${what}: ${error.message}`)
  })
  return postTo(server, limitMs)
}

function refuseFlagsBeside(flags: Parsed): void {
  const beside = authorizationFlags.find(
    ({ name }) => name !== 'authorization-config' && flags.given.has(name),
  )
  if (beside === undefined) return
  throw new UserError(
    `--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined (--${beside.name} is)`,
  )
}

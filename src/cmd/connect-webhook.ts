/** Servers that flags name by a kubeconfig: webhooks that judge tokens and requests, or take events. */
import type { Post } from '#apiserver/webhook-client/connection.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { UserError } from '#base/user-error.ts'

/** What every webhook needs of the world. */
export interface WebhookWorld {
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
}

export interface ConnectOptions {
  /** Default: upstream's. */
  readonly timeoutMs?: number
  /** `ignored`: only whether it is a yes matters. Default: JSON. */
  readonly answers?: 'json' | 'ignored'
}

/** Loaded when there is one. Throws UserError when the file cannot be read. */
export async function connectByKubeconfig(
  what: string,
  path: string,
  { timeoutMs, answers }: ConnectOptions = {},
): Promise<Post> {
  const [{ loadKubeconfig }, { postTo, requestTimeoutMs }] = await Promise.all([
    import('#client/kubeconfig.ts'),
    import('#apiserver/webhook-client/connection.ts'),
  ])
  const server = await loadKubeconfig(path).catch((error: Error) => {
    throw new UserError(`${what}: ${error.message}`)
  })
  return postTo(server, timeoutMs ?? requestTimeoutMs, answers)
}

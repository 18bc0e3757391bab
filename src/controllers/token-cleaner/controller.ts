/**
 * Deletes bootstrap tokens that have ended.
 * Upstream: pkg/controller/bootstrap/tokencleaner.go at v1.36.
 */
import { bootstrapTokenEndMs, isBootstrapToken } from '#api/core/bootstrap-token.ts'
import type { Secret } from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { secrets } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import { defineController, done } from '#controllers/controller.ts'
import { waitMaxMs } from '#controllers/wait.ts'
import { unlessGone } from '#controllers/writes.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly secrets: ReadonlyStore<Secret>
}

export const tokenCleanerController = defineController<Deps>({
  name: 'token-cleaner-controller',
  watches: [
    {
      type: secrets,
      keys: (secret) => (isBootstrapToken(secret as Secret) ? [objectKey(secret)] : []),
    },
  ],
  writes: ['secrets'],
  workersMax: 1,

  open: ({ client, clock, informer }) => ({ client, clock, secrets: informer(secrets).store }),

  async reconcile(key, { client, clock, secrets: store }, signal) {
    const secret = store.get(key)
    const endMs = secret === undefined ? undefined : bootstrapTokenEndMs(secret)
    if (secret === undefined || endMs === undefined) return done
    const waitMs = endMs - clock.nowMs()
    if (waitMs > 0) return { retryAfterMs: Math.min(waitMs, waitMaxMs) }
    const { namespace = '', name, uid } = secret.metadata
    const deletion = client.in(secrets, namespace).delete(name, { preconditions: { uid }, signal })
    // Another one of that name is another token.
    await unlessGone(deletion).catch((error: unknown) => {
      if (!isStatus(error, 'Conflict')) throw error
    })
    return done
  },
})

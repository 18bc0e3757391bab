/**
 * Marks tokens in secrets that nobody has used for long as invalid, and later deletes them.
 * Upstream: pkg/controller/serviceaccount/legacy_serviceaccount_token_cleaner.go at v1.36.
 */
import { podReferences } from '#api/core/pod-references.ts'
import type { Pod, Secret, ServiceAccount } from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { configmaps, pods, secrets, serviceaccounts } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { UserError } from '#base/user-error.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import type { AnyController } from '#controllers/controller.ts'
import { defineController } from '#controllers/controller.ts'
import { annotationKeys, labelKeys } from '#controllers/service-account-token/names.ts'
import { unlessGone } from '#controllers/writes.ts'
import { isTrackedLongEnough, plan } from './plan.ts'
import type { Action } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly secrets: ReadonlyStore<Secret>
  readonly accounts: ReadonlyStore<ServiceAccount>
  readonly pods: ReadonlyStore<Pod>
}

/** Upstream's: one look a day. */
const intervalMs = 24 * 3_600_000
const oneLook = 'all'
const tracking = 'kube-apiserver-legacy-service-account-token-tracking'

/** Throws UserError when the period makes no sense. */
export function legacyServiceAccountTokenCleaner(keptMs: number): AnyController {
  if (keptMs <= 0) throw new UserError(`invalid CleanUpPeriod: ${keptMs / 1000}s`)
  return defineController<Deps>({
    name: 'legacy-serviceaccount-token-cleaner-controller',
    writes: ['secrets'],
    workersMax: 1,

    open({ client, clock, log, informer, enqueue }) {
      enqueue(oneLook)
      return {
        client,
        clock,
        log,
        secrets: informer(secrets).store,
        accounts: informer(serviceaccounts).store,
        pods: informer(pods).store,
      }
    },

    async reconcile(_, deps, signal) {
      const { client, clock } = deps
      const { data } = await client.in(configmaps, 'kube-system').get(tracking, { signal })
      const nowMs = clock.nowMs()
      if (!isTrackedLongEnough(data?.['since'] ?? '', nowMs, keptMs)) {
        return { retryAfterMs: intervalMs }
      }
      const mounted = mountedSecrets(deps.pods)
      for (const secret of deps.secrets.list()) {
        const account = deps.accounts.get(accountKeyOf(secret))
        const isMounted = mounted.has(objectKey(secret))
        await act(plan(secret, { nowMs, keptMs, account, isMounted }), { secret, deps, signal })
      }
      return { retryAfterMs: intervalMs }
    },
  })
}

function accountKeyOf({ metadata }: Secret): string {
  return `${metadata.namespace}/${metadata.annotations?.[annotationKeys.name] ?? ''}`
}

function mountedSecrets(store: ReadonlyStore<Pod>): ReadonlySet<string> {
  const keys = store.list().flatMap((pod) =>
    podReferences(pod)
      .filter(({ type }) => type === 'secrets')
      .map(({ name }) => `${pod.metadata.namespace}/${name}`),
  )
  return new Set(keys)
}

interface Acting {
  readonly secret: Secret
  readonly deps: Deps
  readonly signal: AbortSignal
}

async function act(action: Action, { secret, deps, signal }: Acting): Promise<void> {
  if (action.type === 'keep') return
  const { namespace = '', name, uid, resourceVersion } = secret.metadata
  const client = deps.client.in(secrets, namespace)
  const told = { secret: `${namespace}/${name}` }
  if (action.type === 'invalidate') {
    const { since } = action
    deps.log.info('a generated service account token is marked as invalid', { ...told, since })
    const patch = { metadata: { uid, labels: { [labelKeys.invalidSince]: since } } }
    await unlessGone(client.patch(name, 'merge', patch, { signal }))
    return
  }
  deps.log.info('a generated service account token is deleted', told)
  const deletion = client.delete(name, { preconditions: { resourceVersion }, signal })
  await unlessGone(deletion).catch((error: unknown) => {
    // Somebody used or changed it meanwhile: the next look will tell.
    if (!isStatus(error, 'Conflict')) throw error
  })
}

/**
 * Signs the ConfigMap kube-public/cluster-info with every bootstrap token that may sign: who joins the
 * cluster with a token can tell that it was written by somebody who knows the token, too.
 * Upstream: pkg/controller/bootstrap/bootstrapsigner.go and util.go at v1.36.
 */
import {
  bootstrapTokenEndMs,
  bootstrapTokenNamespace,
  bootstrapTokenPrefix,
  bootstrapTokenValue as value,
  hasBootstrapTokenEnded,
  isBootstrapToken,
} from '#api/core/bootstrap-token.ts'
import type { ConfigMap, Secret } from '#api/core/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { configmaps, secrets } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { waitMaxMs } from '#controllers/wait.ts'
import { unlessGone } from '#controllers/writes.ts'
import { detachedSignature } from './detached-signature.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly configMaps: ReadonlyStore<ConfigMap>
  readonly secrets: ReadonlyStore<Secret>
}

const [namespace, name] = ['kube-public', 'cluster-info'] as const
const mapKey = `${namespace}/${name}`
const signaturePrefix = 'jws-kubeconfig-'
const tokenIndex = 'bootstrap-token'
const form = /^[a-z0-9]{6}$/

export const bootstrapSignerController = defineController<Deps>({
  name: 'bootstrap-signer-controller',
  watches: [
    {
      type: configmaps,
      keys: ({ metadata }) =>
        metadata.name === name && metadata.namespace === namespace ? [mapKey] : [],
    },
    { type: secrets, keys: (secret) => (isBootstrapToken(secret as Secret) ? [mapKey] : []) },
  ],
  writes: ['configmaps'],
  workersMax: 1,

  open({ client, clock, informer }) {
    const secretInformer = informer(secrets)
    secretInformer.addIndex(tokenIndex, (object: ApiObject) =>
      isBootstrapToken(object as Secret) ? [bootstrapTokenNamespace] : [],
    )
    return { client, clock, configMaps: informer(configmaps).store, secrets: secretInformer.store }
  },

  async reconcile(key, { client, clock, configMaps, secrets: store }, signal) {
    const prior = configMaps.get(key)
    const content = prior?.data?.['kubeconfig']
    if (prior === undefined || content === undefined) return done
    const known = store.byIndex(tokenIndex, bootstrapTokenNamespace)
    const tokens = signingTokens(known, clock.nowMs())
    const data = await signed(prior.data ?? {}, content, tokens)
    if (!isSame(data, prior.data ?? {})) {
      await unlessGone(client.in(configmaps, namespace).update({ ...prior, data }, { signal }))
    }
    // Should nobody take ended tokens away, their signatures go all the same.
    const nextMs = Math.min(...tokens.flatMap(({ endMs }) => endMs ?? []))
    if (!Number.isFinite(nextMs)) return done
    return { retryAfterMs: Math.min(Math.max(nextMs - clock.nowMs(), 1), waitMaxMs) }
  },
})

export interface SigningToken {
  readonly id: string
  readonly secret: string
  readonly endMs: number | undefined
}

/** Those that are whole, have not ended and are meant for it. */
export function signingTokens(known: readonly Secret[], nowMs: number): readonly SigningToken[] {
  return known.flatMap((object) => {
    const id = value(object, 'token-id')
    const secret = value(object, 'token-secret')
    if (!form.test(id) || object.metadata.name !== `${bootstrapTokenPrefix}${id}`) return []
    if (secret === '' || value(object, 'usage-bootstrap-signing') !== 'true') return []
    if (hasBootstrapTokenEnded(object, nowMs)) return []
    return [{ id, secret, endMs: bootstrapTokenEndMs(object) }]
  })
}

/** All but the signatures stays as it is. */
async function signed(
  data: Readonly<Record<string, string>>,
  content: string,
  tokens: readonly SigningToken[],
): Promise<Record<string, string>> {
  const rest = Object.entries(data).filter(([key]) => !key.startsWith(signaturePrefix))
  const signatures = await Promise.all(
    tokens.map(
      async (token) =>
        [`${signaturePrefix}${token.id}`, await detachedSignature(content, token)] as const,
    ),
  )
  return Object.fromEntries([...rest, ...signatures])
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

/**
 * Fills the Secrets that ask for a ServiceAccount's token, one that never expires, and removes those whose
 * account is gone.
 * Upstream: pkg/controller/serviceaccount/tokens_controller.go at v1.36.
 */
import type { Secret, ServiceAccount } from '#api/core/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { secrets, serviceaccounts } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import type { AnyController } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'
import { annotationKeys, tokenSecretType } from './names.ts'

/** Signs the claims of a JSON web token with the key that the API server trusts. */
export type SignToken = (claims: Readonly<Record<string, unknown>>) => string | Promise<string>

export interface ServiceAccountTokenOptions {
  readonly sign: SignToken
  /** PEM, put beside the token; absent: left out. */
  readonly rootCa?: string
}

interface Deps {
  readonly client: Client
  readonly secrets: ReadonlyStore<Secret>
  readonly accounts: ReadonlyStore<ServiceAccount>
}

const accountIndex = 'service-account'

export function serviceAccountTokenController(options: ServiceAccountTokenOptions): AnyController {
  return defineController<Deps>({
    name: 'serviceaccount-token-controller',
    primary: secrets,
    watches: [
      {
        type: serviceaccounts,
        keys: (account, deps) =>
          deps.secrets.byIndex(accountIndex, objectKey(account)).map(objectKey),
      },
    ],
    writes: ['secrets'],
    workersMax: 5,
    asManager: true,

    open({ client, informer }) {
      const secretInformer = informer(secrets)
      secretInformer.addIndex(accountIndex, accountKeyOf)
      return {
        client,
        secrets: secretInformer.store,
        accounts: informer(serviceaccounts).store,
      }
    },

    async reconcile(key, deps, signal) {
      const secret = deps.secrets.get(key)
      const accountKey = secret === undefined ? undefined : accountKeyOf(secret)[0]
      if (secret === undefined || accountKey === undefined) return done
      if (secret.metadata.deletionTimestamp !== undefined) return done
      const account = await accountOf(secret, accountKey, { deps, signal })
      const { namespace = '', name, uid } = secret.metadata
      const client = deps.client.in(secrets, namespace)
      if (account === undefined) {
        await unlessGone(client.delete(name, { preconditions: { uid }, signal }))
        return done
      }
      const next = await filled(secret, account, options)
      if (next !== secret) await unlessGone(client.update(next, { signal }))
      return done
    },
  })
}

function accountKeyOf(object: ApiObject): readonly string[] {
  const { metadata, type } = object as Secret
  const name = metadata.annotations?.[annotationKeys.name]
  return type !== tokenSecretType || !name ? [] : [`${metadata.namespace}/${name}`]
}

/** Asked of the server when our copy does not have it: a token that is deleted is lost for good. */
async function accountOf(
  secret: Secret,
  key: string,
  { deps, signal }: { readonly deps: Deps; readonly signal: AbortSignal },
): Promise<ServiceAccount | undefined> {
  const uid = secret.metadata.annotations?.[annotationKeys.uid]
  const isMeant = (account: ServiceAccount | undefined) =>
    account !== undefined && (!uid || account.metadata.uid === uid)
  const known = deps.accounts.get(key)
  if (isMeant(known)) return known
  const [namespace = '', name = ''] = key.split('/')
  const found = await unlessGone(deps.client.in(serviceaccounts, namespace).get(name, { signal }))
  return isMeant(found) ? found : undefined
}

/** The secret with all that it should hold; itself if it holds that. */
async function filled(
  secret: Secret,
  account: ServiceAccount,
  { sign, rootCa }: ServiceAccountTokenOptions,
): Promise<Secret> {
  const { metadata, data = {} } = secret
  const { uid } = account.metadata
  const wanted: Record<string, string> = {
    namespace: base64(metadata.namespace ?? ''),
    ...(rootCa === undefined ? {} : { 'ca.crt': base64(rootCa) }),
  }
  const isNamed = metadata.annotations?.[annotationKeys.uid] === uid
  const isWhole = Object.entries(wanted).every(([name, value]) => data[name] === value)
  if (isNamed && isWhole && data['token']) return secret
  const token = data['token'] || base64(await sign(claimsOf(secret, account)))
  const annotations = { ...metadata.annotations, [annotationKeys.uid]: uid }
  return {
    ...secret,
    metadata: { ...metadata, annotations },
    data: { ...data, ...wanted, token },
  }
}

/** Upstream: pkg/serviceaccount/legacy.go, LegacyClaims. */
function claimsOf({ metadata }: Secret, account: ServiceAccount): Record<string, unknown> {
  const { namespace = '', name, uid } = account.metadata
  return {
    iss: 'kubernetes/serviceaccount',
    sub: `system:serviceaccount:${namespace}:${name}`,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': metadata.name,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': uid,
  }
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64()
}

/**
 * Gives every namespace its `default` ServiceAccount, and again when somebody deletes it.
 * Upstream: pkg/controller/serviceaccount/serviceaccounts_controller.go at v1.36.
 */
import type { Namespace, ServiceAccount } from '#api/core/v1.gen.ts'
import { namespaces, serviceaccounts } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessExists } from '#controllers/writes.ts'

interface Deps {
  readonly client: Client
  readonly namespaces: ReadonlyStore<Namespace>
  readonly accounts: ReadonlyStore<ServiceAccount>
}

const defaultName = 'default'

export const serviceAccountController = defineController<Deps>({
  name: 'serviceaccount-controller',
  primary: namespaces,
  watches: [
    {
      type: serviceaccounts,
      keys: ({ metadata }) => (metadata.name === defaultName ? [metadata.namespace ?? ''] : []),
    },
  ],
  writes: ['serviceaccounts'],
  workersMax: 5,

  open: ({ client, informer }) => ({
    client,
    namespaces: informer(namespaces).store,
    accounts: informer(serviceaccounts).store,
  }),

  async reconcile(key, { client, namespaces: store, accounts }, signal) {
    if (store.get(key)?.status?.phase !== 'Active') return done
    if (accounts.get(`${key}/${defaultName}`) !== undefined) return done
    const metadata = { name: defaultName, namespace: key }
    await unlessExists(client.in(serviceaccounts, key).create({ metadata }, { signal }))
    return done
  },
})

/**
 * Puts the cluster's root certificate into every namespace, where pods mount it.
 * Upstream: pkg/controller/certificates/rootcacertpublisher at v1.36.
 */
import type { ConfigMap, Namespace } from '#api/core/v1.gen.ts'
import { configmaps, namespaces } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { AnyController } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessExists, unlessGone } from '#controllers/writes.ts'

interface Deps {
  readonly client: Client
  readonly namespaces: ReadonlyStore<Namespace>
  readonly configMaps: ReadonlyStore<ConfigMap>
}

const name = 'kube-root-ca.crt'
const descriptionAnnotation = 'kubernetes.io/description'
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** `rootCa`: PEM of the authority that signed the API server's certificate. */
export function rootCaCertPublisher(rootCa: string): AnyController {
  return defineController<Deps>({
    name: 'root-ca-certificate-publisher-controller',
    primary: namespaces,
    watches: [
      {
        type: configmaps,
        keys: ({ metadata }) => (metadata.name === name ? [metadata.namespace ?? ''] : []),
      },
    ],
    writes: ['configmaps'],
    workersMax: 5,

    open: ({ client, informer }) => ({
      client,
      namespaces: informer(namespaces).store,
      configMaps: informer(configmaps).store,
    }),

    async reconcile(key, { client, namespaces: store, configMaps }, signal) {
      if (store.get(key)?.status?.phase !== 'Active') return done
      const prior = configMaps.get(`${key}/${name}`)
      const data = { 'ca.crt': rootCa }
      const annotations = {
        ...prior?.metadata.annotations,
        [descriptionAnnotation]: description,
      }
      if (prior === undefined) {
        const metadata = { name, namespace: key, annotations }
        await unlessExists(client.in(configmaps, key).create({ metadata, data }, { signal }))
      } else if (!isPublished(prior, rootCa)) {
        const next = { ...prior, metadata: { ...prior.metadata, annotations }, data }
        await unlessGone(client.in(configmaps, key).update(next, { signal }))
      }
      return done
    },
  })
}

function isPublished({ data = {}, metadata }: ConfigMap, rootCa: string): boolean {
  return (
    data['ca.crt'] === rootCa &&
    Object.keys(data).length === 1 &&
    metadata.annotations?.[descriptionAnnotation] === description
  )
}

/**
 * Of several API servers over one etcd, one compacts at each interval: who finds the key's version as it
 * left it has the turn. The key and its use are upstream's, so that servers of both kinds share it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/storage/etcd3/compact.go.
 */
import type { Compactor } from '#storage/compactor.ts'
import type { EtcdClient } from './client.ts'

const key = Buffer.from('compact_rev_key')

export function sharedCompactor(client: EtcdClient): Compactor {
  /** The key's version when this server last saw it: the time by which servers agree. */
  let version = 0
  /** The newest revision then; 0: this server has not seen one. */
  let target = 0
  return {
    async turn() {
      const answer = await client.txn({
        compare: [{ target: 'VERSION', key, version }],
        success: [{ requestPut: { key, value: Buffer.from(String(target)) } }],
        failure: [{ requestRange: { key } }],
      })
      const found = answer.responses[0]?.responseRange?.kvs[0]?.version
      const compactTo = answer.succeeded ? target : 0
      version = answer.succeeded ? version + 1 : (found ?? 0)
      target = answer.header.revision
      if (compactTo > 0) await client.compact(compactTo)
    },
  }
}

/** A store in an etcd of its own, for the conformance suite, which looks at revisions. */
import type { Storage } from '#storage/storage.ts'
import { startTestEtcd } from './etcd.ts'

/** Disposing it ends its etcd. Nothing but the test writes to it: not even to prove progress. */
export async function freshEtcdStorage(): Promise<Storage> {
  // The size of the database is told when a batch is written: not after the usual 100 ms.
  const etcd = await startTestEtcd({ inMemory: true, flags: ['--backend-batch-interval=2ms'] })
  const storage = await etcd.open({ progress: 'none' })
  const close = storage[Symbol.asyncDispose].bind(storage)
  return Object.assign(storage, {
    async [Symbol.asyncDispose]() {
      await close()
      await etcd[Symbol.asyncDispose]()
    },
  })
}

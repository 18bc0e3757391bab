import { suite } from 'node:test'
import { testStorage } from '#storage/conformance.ts'
import { etcdIsMissing } from '#testing/etcd.ts'
import { freshEtcdStorage } from '#testing/etcd-storage.ts'

suite('etcd', { skip: etcdIsMissing }, () => {
  testStorage('etcd', freshEtcdStorage, {
    sections: ['reads and writes', 'ranges', 'compaction', 'closing'],
    slowness: 4,
  })
})

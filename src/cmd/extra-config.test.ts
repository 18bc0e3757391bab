import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExtraConfig } from './extra-config.ts'

test('flags of components, the last one wins', () => {
  const words = ['kubelet.max-pods=5', 'apiserver.anonymous-auth=false', 'kubelet.max-pods=6']
  assert.deepEqual(parseExtraConfig(words), {
    'kubelet.max-pods': '6',
    'apiserver.anonymous-auth': 'false',
  })
})

const refused = [
  { word: 'kubelet.nonsense=1', because: /kubelet\.nonsense=1: unknown flag: --nonsense/ },
  { word: 'kubelet.max-pods=many', because: /kubelet\.max-pods=many: invalid argument "many"/ },
  { word: 'etcd.x=1', because: /must be COMPONENT\.FLAG=VALUE with one of apiserver, / },
  { word: 'kubelet', because: /must be COMPONENT\.FLAG=VALUE/ },
]

for (const { word, because } of refused) {
  test(`${word} is refused`, () => assert.throws(() => parseExtraConfig([word]), because))
}

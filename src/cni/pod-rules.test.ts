import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podRules } from './pod-rules.ts'

test('pods are masqueraded to the outside and pass a host that drops', () => {
  assert.equal(
    podRules(['10.244.0.0/24'], 'IPv4', () => undefined),
    `*nat
:K8TS-MASQUERADE - [0:0]
-A K8TS-MASQUERADE -s 10.244.0.0/24 -d 10.244.0.0/24 -j RETURN
-A K8TS-MASQUERADE -s 10.244.0.0/24 ! -d 224.0.0.0/4 -j MASQUERADE
-A POSTROUTING -m comment --comment "k8ts: pods to the outside" -j K8TS-MASQUERADE
COMMIT
*filter
:K8TS-FORWARD - [0:0]
-A K8TS-FORWARD -s 10.244.0.0/24 -j ACCEPT
-A K8TS-FORWARD -d 10.244.0.0/24 -j ACCEPT
-A FORWARD -m comment --comment "k8ts: pods pass this node" -j K8TS-FORWARD
COMMIT
`,
  )
})

test('a jump that stands is not doubled', () => {
  const saved = new Map([
    ['POSTROUTING', ['-A POSTROUTING -m comment --comment "x" -j K8TS-MASQUERADE']],
    ['FORWARD', ['-A FORWARD -j K8TS-FORWARD']],
  ])
  assert.doesNotMatch(
    podRules(['fd00::/64'], 'IPv6', () => saved),
    /-A (?:POSTROUTING|FORWARD) /,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isShimOf } from './shims.ts'

const shim = (address: string): string[] =>
  `/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id 79 -address ${address}`.split(' ')

const cases = [
  { command: shim('/run/k8ts/a/containerd.sock'), is: true },
  { command: shim('/run/containerd/containerd.sock'), is: false },
  { command: shim('/run/k8ts/ab/containerd.sock'), is: false },
  { command: ['vi', '-address', '/run/k8ts/a/containerd.sock'], is: false },
  { command: [], is: false },
]

for (const { command, is } of cases) {
  test(`${command.join(' ') || 'nothing'} is ${is ? 'a' : 'no'} shim of ours`, () => {
    assert.equal(isShimOf(command, '/run/k8ts/a/containerd.sock'), is)
  })
}

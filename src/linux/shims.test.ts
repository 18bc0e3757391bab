import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { endShim, shimIdOf, shimsOf } from './shims.ts'

const shim = (address: string, namespace = 'k8s.io'): string[] =>
  `/usr/bin/containerd-shim-runc-v2 -namespace ${namespace} -id 79 -address ${address}`.split(' ')

const cases = [
  { command: shim('/run/k8ts/a/containerd.sock'), id: '79' },
  { command: shim('/run/k8ts/a/containerd.sock', 'moby'), id: undefined },
  { command: shim('/run/containerd/containerd.sock'), id: undefined },
  { command: shim('/run/k8ts/ab/containerd.sock'), id: undefined },
  { command: ['vi', '-address', '/run/k8ts/a/containerd.sock'], id: undefined },
  { command: [], id: undefined },
]

for (const { command, id } of cases) {
  test(`${command.join(' ') || 'nothing'} is ${id === undefined ? 'no' : 'a'} shim of ours`, () => {
    assert.equal(shimIdOf(command, '/run/k8ts/a/containerd.sock'), id)
  })
}

test('a shim is found with its age, and ended', { timeout: 10_000 }, async () => {
  const socket = `/nowhere/${process.pid}/containerd.sock`
  const [, ...words] = shim(socket)
  const program = spawn(
    process.execPath,
    ['-e', 'process.stdin.resume(); console.log("up")', '--', ...words],
    { argv0: '/x/containerd-shim-runc-v2' },
  )
  await once(program.stdout, 'data')
  const found = (await shimsOf(socket)).find(({ pid }) => pid === program.pid)
  assert.ok(found !== undefined)
  assert.equal(found.id, '79')
  assert.ok(found.ageMs > -1000 && found.ageMs < 60_000)
  assert.deepEqual(await shimsOf('/elsewhere.sock'), [])
  endShim(found)
  const [, signal] = await once(program, 'exit')
  assert.equal(signal, 'SIGKILL')
})

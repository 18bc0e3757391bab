import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError, inNetworkNamespace, run } from './run.ts'
import type { Run } from './run.ts'

const limit = { timeout: 10_000 }

test('input goes in, output comes out, no shell between', limit, async () => {
  assert.equal(await run('cat', [], { input: 'a $HOME\n' }), 'a $HOME\n')
  assert.equal(await run('printf', ['%s', '`id`; x']), '`id`; x')
})

test('a failure names the command, the status and what it said', limit, async () => {
  await assert.rejects(run('ls', ['/no/such/folder']), (error: unknown) => {
    assert.ok(error instanceof CommandError)
    assert.equal(error.exitCode, 2)
    assert.match(error.message, /^ls \/no\/such\/folder: exit status 2: ls: cannot access/)
    return true
  })
})

test('a program that is not there', limit, async () => {
  await assert.rejects(
    run('no-such-program', ['x']),
    /^CommandError: no-such-program x: no such program$/,
  )
})

test('a program that takes too long is killed', limit, async () => {
  await assert.rejects(
    run('sleep', ['60'], { timeoutMs: 50 }),
    /was killed by SIGKILL \(deadline\)/,
  )
})

test('a program that prints too much is killed', limit, async () => {
  await assert.rejects(
    run('yes', [], { outputBytesMax: 1000 }),
    /^CommandError: yes: printed too much/,
  )
})

test('an abort ends the program', limit, async () => {
  const abort = new AbortController()
  const running = run('sleep', ['60'], { signal: abort.signal })
  abort.abort()
  await assert.rejects(running, /^CommandError: sleep 60: aborted$/)
})

test('the environment is added to, not replaced', limit, async () => {
  const out = await run('sh', ['-c', 'echo $ONE ${PATH:+path}'], { env: { ONE: '1' } })
  assert.equal(out, '1 path\n')
})

test('a program in a network namespace goes through nsenter', limit, async () => {
  const calls: string[] = []
  const fake: Run = async (program, args) => {
    calls.push([program, ...args].join(' '))
    return ''
  }
  await inNetworkNamespace(fake, '/run/netns/a')('ip', ['link'])
  assert.deepEqual(calls, ['nsenter --net=/run/netns/a -- ip link'])
})

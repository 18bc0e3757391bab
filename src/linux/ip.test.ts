import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostAddresses, ipBatch, readLinks, readRoutes } from './ip.ts'
import { run } from './run.ts'
import type { Run, RunOptions } from './run.ts'

test('the loopback link is read from the real program', { timeout: 10_000 }, async () => {
  const loopback = (await readLinks(run)).find((link) => link.ifname === 'lo')
  assert.equal(loopback?.addr_info[0]?.local, '127.0.0.1')
  assert.ok(loopback.flags.includes('LOOPBACK'))
})

test('an empty answer is an empty list', async () => {
  assert.deepEqual(await readRoutes(async () => ''), [])
})

test('host addresses are the global ones', async () => {
  const links = [
    { addr_info: [{ local: '127.0.0.1', scope: 'host' }] },
    {
      addr_info: [
        { local: '192.0.2.2', scope: 'global' },
        { local: 'fe80::1', scope: 'link' },
      ],
    },
  ]
  assert.deepEqual(await hostAddresses(async () => JSON.stringify(links)), ['192.0.2.2'])
})

test('a batch is one process, and none when there is nothing to do', async () => {
  const calls: { args: readonly string[]; input: RunOptions['input'] }[] = []
  const fake: Run = async (_program, args, options) => {
    calls.push({ args, input: options?.input })
    return ''
  }
  await ipBatch(fake, [])
  await ipBatch(fake, ['link add a type dummy', 'link set a up'])
  assert.deepEqual(calls, [
    { args: ['-batch', '-'], input: 'link add a type dummy\nlink set a up\n' },
  ])
})

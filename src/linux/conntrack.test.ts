import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteFlows, parseFlow, readFlows } from './conntrack.ts'
import { CommandError } from './run.ts'

const line =
  'udp      17 29 src=10.244.0.7 dst=10.96.0.10 sport=4000 dport=53 [UNREPLIED] ' +
  'src=10.244.0.2 dst=10.244.0.7 sport=5353 dport=4000 mark=0 use=1'

const flow = {
  protocol: 'udp',
  originalSource: '10.244.0.7',
  originalDestination: '10.96.0.10',
  originalDestinationPort: 53,
  replySource: '10.244.0.2',
  replySourcePort: 5353,
} as const

test('a flow has two directions', () => {
  assert.deepEqual(parseFlow(line, 'udp'), flow)
})

test('what is not a flow of the protocol is skipped', async () => {
  assert.equal(parseFlow('', 'udp'), undefined)
  assert.equal(parseFlow(line, 'tcp'), undefined)
  assert.deepEqual(await readFlows(async () => `${line}\n\nnoise\n`, 'udp'), [flow])
})

test('deleting names both ends; nothing to delete is no error', async () => {
  const calls: string[] = []
  await deleteFlows(async (program, args) => {
    calls.push([program, ...args].join(' '))
    throw new CommandError('conntrack', 'exit status 1', {
      stderr: 'conntrack v1.4.7: 0 flow entries have been deleted.',
    })
  }, flow)
  assert.deepEqual(calls, [
    'conntrack -D -f ipv4 -p udp --orig-dst 10.96.0.10 --orig-port-dst 53 ' +
      '--reply-src 10.244.0.2 --reply-port-src 5353',
  ])
  await assert.rejects(
    deleteFlows(() => Promise.reject(new CommandError('conntrack', 'no such program')), flow),
    /no such program/,
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { CallError, answered, unsent } from './call-error.ts'
import { limits } from './limits.ts'
import { Members } from './members.ts'
import type { Channel, Connect } from './transport.ts'

const lost = new CallError('Unavailable', 'the connection was lost', true)
const refused = answered('InvalidArgument', 'etcdserver: key is not provided')

/** What each member does with a call: an answer, or a failure. */
type Script = Record<string, () => string | Error>

function start(script: Script) {
  const clock = new FakeClock()
  const asked: string[] = []
  const connect: Connect = async (endpoint) => {
    const channel: Channel = {
      endpoint,
      isOpen: true,
      async unary() {
        asked.push(endpoint)
        const outcome = script[endpoint]?.() ?? ''
        if (typeof outcome !== 'string') throw outcome
        return Buffer.from(outcome)
      },
      stream: () => assert.fail('no streams here'),
      answers: () => assert.fail('no streams here'),
      [Symbol.dispose]() {},
    }
    return channel
  }
  const endpoints = Object.keys(script)
  const shared = { clock, log: silentLogger, random: () => 0 }
  return { clock, asked, members: new Members({ endpoints, connect, ...shared }) }
}

const read = { path: '/read', request: new Uint8Array() }
const write = { path: '/write', request: new Uint8Array(), timeoutMs: 1_000 }

test('calls stay with a member that answers', async () => {
  const { members, asked } = start({ a: () => '1', b: () => '2' })
  for (let i = 0; i < 3; i++) assert.equal((await members.read(read)).toString(), '1')
  assert.deepEqual(asked, ['a', 'a', 'a'])
})

test('a read goes to the next member, and stays there', async () => {
  const { members, asked } = start({ a: () => lost, b: () => '2' })
  assert.equal((await members.read(read)).toString(), '2')
  assert.equal((await members.read(read)).toString(), '2')
  assert.deepEqual(asked, ['a', 'b', 'b'])
})

test('a write that may have been done is not sent again', async () => {
  const { members, asked } = start({ a: () => lost, b: () => '2' })
  await assert.rejects(members.write(write), lost)
  assert.deepEqual(asked, ['a'])
  assert.equal((await members.write(write)).toString(), '2', 'the next goes elsewhere')
})

test('a write that was not sent goes to the next member', async () => {
  const { members, asked } = start({ a: () => unsent('refused'), b: () => '2' })
  assert.equal((await members.write(write)).toString(), '2')
  assert.deepEqual(asked, ['a', 'b'])
})

test('what a member refuses, the others would, too', async () => {
  const { members, asked } = start({ a: () => refused, b: () => '2' })
  await assert.rejects(members.read(read), refused)
  assert.deepEqual(asked, ['a'])
})

test('when all fail there are pauses, and an end', async () => {
  const { members, asked, clock } = start({ a: () => lost, b: () => lost })
  const failed = assert.rejects(members.read(read), lost)
  let isOver = false
  void failed.then(() => (isOver = true))
  await clock.advance(0)
  assert.deepEqual(asked, ['a', 'b'], 'both at once, then a pause')
  await clock.advance(limits.retry.initialMs)
  assert.equal(asked.length, 4)
  await clock.advance(limits.readTotalMs - 1_000)
  assert.equal(isOver, false)
  await clock.advance(limits.retry.maxMs + 1_000)
  await failed
  assert.ok(asked.length < 60, `${asked.length} calls`)
})

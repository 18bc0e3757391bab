/** run --attach against a kubelet that is a fake; the test writes the pods' status. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { setPodStatus, startKubectlWorld } from '#testing/kubectl.ts'

const world = await startKubectlWorld()
after(() => world[Symbol.asyncDispose]())

const limit = { timeout: 20_000 }
const onNode = '--overrides={"spec":{"nodeName":"worker"}}'
const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const said =
  "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n"

function ended(phase: string, exitCode: number): object {
  const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' }
  return { phase, containerStatuses: [{ name: 'x', state: { terminated } }] }
}

function log(pod: string): string {
  return Array.from({ length: 12 }, (_, at) => `${pod} ${pod} says ${at + 1}\n`).join('')
}

test('--rm -i: its log, the session, its exit code, and it is gone', limit, async () => {
  const argv = ['run', 'a', '--image=x', '-i', '--rm', '--restart=Never', onNode]
  const kubectl = world.start(argv)
  await setPodStatus(world.transport, 'a', running)
  await kubectl.printed(/attached to a/)
  kubectl.stdin.end('hello\n')
  await kubectl.printed(/hello/)
  await setPodStatus(world.transport, 'a', ended('Failed', 3))
  assert.equal(await kubectl.code, 3)
  assert.equal(
    kubectl.stdout,
    `${log('a')}attached to a\nhello\npod "a" deleted from default namespace\n`,
  )
  assert.equal(kubectl.stderr, `${said}pod default/a terminated (Error)\n`)
})

test('what has ended before shows its log', limit, async () => {
  const kubectl = world.start(['run', 'b', '--image=x', '--attach', '--restart=Never', onNode])
  await setPodStatus(world.transport, 'b', ended('Succeeded', 0))
  assert.equal(await kubectl.code, 0)
  assert.equal(kubectl.stdout, log('b'))
  assert.equal(kubectl.stderr, '')
})

test('what is started again is left alone after the session', limit, async () => {
  const kubectl = world.start(['run', 'c', '--image=x', '--attach', '-q', onNode])
  await setPodStatus(world.transport, 'c', running)
  assert.equal(await kubectl.code, 0)
  assert.equal(kubectl.stdout, `${log('c')}attached to c\n`)
  assert.equal(kubectl.stderr, '')
})

test('one that does not become ready in time', limit, async () => {
  const kubectl = world.start(['run', 'd', '--image=x', '--attach', '--pod-running-timeout=1s'])
  assert.equal(await kubectl.code, 1)
  assert.equal(kubectl.stderr, 'error: timed out waiting for the condition\n')
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { PlainError } from '#kubectl/errors.ts'
import { exitFailure } from './exit-status.ts'

const exited = (causes: readonly object[] | undefined): object => ({
  status: 'Failure',
  reason: 'NonZeroExitCode',
  ...(causes && { details: { causes } }),
})

for (const [what, status, message] of [
  ['success', { status: 'Success' }, undefined],
  [
    'an exit code',
    exited([{ reason: 'ExitCode', message: '7' }]),
    'command terminated with exit code 7',
  ],
  ['a failure', { status: 'Failure', message: 'no such program' }, 'no such program'],
  ['no status', {}, 'error stream protocol error: unknown error'],
  ['no details', exited(undefined), 'error stream protocol error: details must be set'],
  ['no cause', exited([]), 'error stream protocol error: no ExitCode cause given'],
  [
    'a code that is none',
    exited([{ reason: 'ExitCode', message: '256' }]),
    'error stream protocol error: invalid exit code value "256"',
  ],
] as const) {
  test(what, () => assert.equal(exitFailure(JSON.stringify(status))?.message, message))
}

test('the exit code is kubectl’s', () => {
  const failure = exitFailure(JSON.stringify(exited([{ reason: 'ExitCode', message: '7' }])))
  assert.ok(failure instanceof PlainError)
  assert.equal(failure.exitCode, 7)
})

test('nothing is success', () => assert.equal(exitFailure(''), undefined))

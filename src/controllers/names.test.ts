import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '#base/user-error.ts'
import { controllers } from './all.ts'
import { choiceOf } from './names.ts'

const some = [
  'deployment-controller',
  'job-controller',
  'bootstrap-signer-controller',
  'token-cleaner-controller',
]

for (const [flags, expected] of [
  [['*'], ['deployment-controller', 'job-controller']],
  [['*', 'bootstrapsigner', 'tokencleaner'], some],
  [
    ['*', '-job', 'token-cleaner-controller'],
    ['deployment-controller', 'token-cleaner-controller'],
  ],
  [['job'], ['job-controller']],
  [[], []],
] as const) {
  test(`--controllers=${flags.join()}`, () => {
    assert.deepEqual(some.filter(choiceOf(flags)), expected)
  })
}

for (const [name, told] of [
  ['deploymint', '"deploymint"'],
  ['-jobs', '"jobs"'],
  ['', '""'],
  ['-', '""'],
] as const) {
  test(`no controller is called ${JSON.stringify(name)}`, () => {
    const expected = new UserError(`${told} is not in the list of known controllers`)
    assert.throws(() => choiceOf(['*', name]), expected)
  })
}

test('every controller that runs has a name that can be asked for', () => {
  for (const { name } of controllers) assert.ok(choiceOf([name])(name))
})

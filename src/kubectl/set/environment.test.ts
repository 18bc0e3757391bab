import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError } from '#kubectl/errors.ts'
import {
  changedEnvironment,
  parseEnvironment,
  refuseOverwrites,
  splitEnvironment,
} from './environment.ts'

const stdin = async (): Promise<string> => 'A=1\n# none\nB=2 # more\nno assignment\n'

for (const [what, args, expected] of [
  ['a value', ['A=b=c'], { set: [{ name: 'A', value: 'b=c' }], removed: [] }],
  ['an empty value', ['A='], { set: [{ name: 'A' }], removed: [] }],
  ['a removal', ['A-'], { set: [], removed: ['A'] }],
  [
    'standard input',
    ['-'],
    {
      set: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2 ' },
      ],
      removed: [],
    },
  ],
] as const) {
  test(`parse: ${what}`, async () => {
    assert.deepEqual(await parseEnvironment(args, stdin), expected)
  })
}

for (const [what, args, message] of [
  ['a name that is none', ['0=1'], /^"0" is not a valid key name: /],
  ['neither', ['frob'], /^unknown environment variable: frob$/],
  ['both', ['A=1', 'A-'], /^can not both modify and remove the same environment variable/],
] as const) {
  test(`refuse: ${what}`, async () => {
    await assert.rejects(parseEnvironment(args, stdin), { name: 'CommandError', message })
  })
}

test('objects come before variables', () => {
  assert.deepEqual(splitEnvironment(['deploy/web', 'A=1', 'B-']), {
    resources: ['deploy/web'],
    changes: ['A=1', 'B-'],
  })
  assert.throws(() => splitEnvironment(['A=1', 'deploy/web']), CommandError)
})

test('variables keep their places', () => {
  const before = [{ name: 'A', value: '1' }, { name: 'B' }, { name: 'C' }]
  const change = { set: [{ name: 'D' }, { name: 'A', value: '2' }], removed: ['B'] }
  assert.deepEqual(changedEnvironment(before, change), [
    { name: 'A', value: '2' },
    { name: 'C' },
    { name: 'D' },
  ])
})

test('without overwriting, only the same value may come again', () => {
  const before = [{ name: 'A', value: '1' }]
  refuseOverwrites(before, [{ name: 'A', value: '1' }, { name: 'B' }])
  assert.throws(() => refuseOverwrites(before, [{ name: 'A', value: '2' }]), CommandError)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlagError } from '#kubectl/errors.ts'
import { array, bool, duration, int, string, strings } from './flag.ts'
import { parseLine, splitCsv } from './parse.ts'

const flags = [
  string('output', '', { short: 'o' }),
  string('dry-run', '', { default: 'none', alone: 'unchanged' }),
  bool('watch', '', { short: 'w' }),
  bool('tty', '', { short: 't' }),
  bool('all', '', { default: true }),
  int('v', '', { short: 'v' }),
  duration('timeout', ''),
  strings('filename', '', { short: 'f' }),
  array('env', ''),
]

for (const [argv, name, value, args] of [
  [['-o', 'yaml', 'x'], 'output', 'yaml', ['x']],
  [['-oyaml'], 'output', 'yaml', []],
  [['-o=yaml'], 'output', 'yaml', []],
  [['--output=a=b'], 'output', 'a=b', []],
  [['--output', '--watch'], 'output', '--watch', []],
  [['--dry-run', 'client'], 'dry-run', 'unchanged', ['client']],
  [['--dry-run=client'], 'dry-run', 'client', []],
  [['--all=false'], 'all', false, []],
  [['-wt', 'x'], 'tty', true, ['x']],
  [['-v=6'], 'v', 6, []],
  [['-v6'], 'v', 6, []],
  [['-v', '0x10'], 'v', 16, []],
  [['-f', 'a,b', '-f', 'c'], 'filename', ['a', 'b', 'c'], []],
  [['--env', 'a,b', '--env=c'], 'env', ['a,b', 'c'], []],
  [['a', '--', '-w', '--x'], 'watch', false, ['a', '-w', '--x']],
  [['-', 'x'], 'watch', false, ['-', 'x']],
] as const) {
  test(`${argv.join(' ')} gives ${name}=${String(value)}`, () => {
    const line = parseLine(flags, argv)
    const read = {
      output: 'string',
      'dry-run': 'string',
      v: 'int',
      filename: 'strings',
      env: 'strings',
    }
    const kind = (read as Record<string, 'string' | 'int' | 'strings'>)[name] ?? 'bool'
    assert.deepEqual(line.flags[kind](name), value)
    assert.deepEqual(line.args, args)
  })
}

for (const [argv, message] of [
  [['--foo'], 'unknown flag: --foo'],
  [['-z'], "unknown shorthand flag: 'z' in -z"],
  [['-wz'], "unknown shorthand flag: 'z' in -z"],
  [['-o'], "flag needs an argument: 'o' in -o"],
  [['--output'], 'flag needs an argument: --output'],
  [
    ['--watch=maybe'],
    'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
  ],
  [
    ['--v=x'],
    'invalid argument "x" for "-v, --v" flag: strconv.ParseInt: parsing "x": invalid syntax',
  ],
  [
    ['--timeout=5'],
    'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"',
  ],
  [['---x'], 'bad flag syntax: ---x'],
] as const) {
  test(`${argv.join(' ')} is refused`, () => {
    assert.throws(() => parseLine(flags, argv), new FlagError(message))
  })
}

test('a dash splits the arguments', () => {
  assert.equal(parseLine(flags, ['a', 'b', '--', 'c']).argsBeforeDash, 2)
  assert.equal(parseLine(flags, ['a']).argsBeforeDash, undefined)
})

test('values in quotes hold commas', () => {
  assert.deepEqual(splitCsv('a,"b,c",d'), ['a', 'b,c', 'd'])
  assert.deepEqual(splitCsv('"a ""b"""'), ['a "b"'])
  assert.deepEqual(splitCsv('a,'), ['a', ''])
})

test('a flag that the command takes for itself is not seen by who knows another of its name', () => {
  const user = string('user', '')
  const { flags: seen } = parseLine([user, ...flags], ['--user=a', '-v6'])
  assert.equal(seen.seenBy([user]).string('user'), 'a')
  const own = parseLine([user, ...flags, array('user', '')], ['--user=a']).flags
  assert.equal(own.seenBy([user]).string('user'), '')
  assert.equal(own.seenBy([user]).given('user'), false)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFlags, UsageError, type Flag } from './flags.ts'

const flags: readonly Flag[] = [
  { name: 'profile', short: 'p', kind: 'string', default: 'minikube', usage: 'the profile' },
  { name: 'v', short: 'v', kind: 'integer', usage: 'verbosity' },
  { name: 'all', kind: 'boolean', usage: 'all of them' },
  { name: 'wait', kind: 'strings', usage: 'what to wait for' },
  { name: 'labels', kind: 'map', usage: 'labels' },
  { name: 'ttl', kind: 'duration', default: '1h', usage: 'a life' },
]

const accepted = [
  { argv: ['a', '--profile', 'x', 'b'], args: ['a', 'b'], name: 'profile', value: 'x' },
  { argv: ['--profile=x'], args: [], name: 'profile', value: 'x' },
  { argv: ['-p', 'x'], args: [], name: 'profile', value: 'x' },
  { argv: ['-v6'], args: [], name: 'v', value: 6 },
  { argv: ['-v=6'], args: [], name: 'v', value: 6 },
  { argv: ['--all', 'a'], args: ['a'], name: 'all', value: true },
  { argv: ['--all=false'], args: [], name: 'all', value: false },
  { argv: ['--wait=a,b', '--wait', 'c'], args: [], name: 'wait', value: ['a', 'b', 'c'] },
  { argv: ['--labels', 'a=1,b=2'], args: [], name: 'labels', value: { a: '1', b: '2' } },
  { argv: ['--', '--all'], args: ['--all'], name: 'all', value: false },
  { argv: ['--ttl=1h30m'], args: [], name: 'ttl', value: 5_400_000 },
  { argv: [], args: [], name: 'profile', value: 'minikube' },
] as const

for (const { argv, args, name, value } of accepted) {
  test(`[${argv.join(' ')}] sets ${name}`, () => {
    const parsed = parseFlags(flags, argv)
    assert.deepEqual(parsed.args, args)
    const reader =
      typeof value === 'string'
        ? parsed.string
        : typeof value === 'number'
          ? name === 'ttl'
            ? parsed.durationMs
            : parsed.integer
          : typeof value === 'boolean'
            ? parsed.boolean
            : Array.isArray(value)
              ? parsed.strings
              : parsed.map
    assert.deepEqual(reader(name), value)
  })
}

const refused = [
  { argv: ['--nope'], message: 'unknown flag: --nope' },
  { argv: ['-x'], message: "unknown shorthand flag: 'x' in -x" },
  { argv: ['--profile'], message: 'flag needs an argument: --profile' },
  {
    argv: ['-v', 'six'],
    message:
      'invalid argument "six" for "--v" flag: strconv.ParseInt: parsing "six": invalid syntax',
  },
  {
    argv: ['--ttl', '5'],
    message: 'invalid argument "5" for "--ttl" flag: time: missing unit in duration "5"',
  },
] as const

for (const { argv, message } of refused) {
  test(`[${argv.join(' ')}] is refused`, () => {
    assert.throws(() => parseFlags(flags, argv), new UsageError(message))
  })
}

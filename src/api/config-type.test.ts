import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  anything,
  decodeConfig,
  flag,
  integer,
  listOf,
  mapOf,
  struct,
  text,
} from './config-type.ts'

const rule = struct('v1.Rule', { name: text, limit: integer, labels: mapOf(text) })
const wanted = {
  kind: 'Rules',
  apiVersions: ['config.example/v1', 'config.example/v1beta1'],
  type: struct('v1.Rules', { rules: listOf(rule), active: flag, more: anything }),
}
const head = 'apiVersion: config.example/v1\nkind: Rules\n'

test('what a file says, whatever its version', () => {
  const body = 'rules: [{name: a, limit: 3, labels: {x: z}}]\nactive: true\nmore: {odd: [1]}\n'
  const config = decodeConfig<object>(`${head.replace('v1', 'v1beta1')}${body}`, wanted)
  assert.deepEqual(config, {
    apiVersion: 'config.example/v1beta1',
    kind: 'Rules',
    rules: [{ name: 'a', limit: 3, labels: { x: 'z' } }],
    active: true,
    more: { odd: [1] },
  })
})

for (const [document, message] of [
  ['', "Object 'Kind' is missing in the configuration"],
  ['kind: Rules', "Object 'apiVersion' is missing in the configuration"],
  [
    'kind: Rules\napiVersion: v2',
    'no kind "Rules" is registered for version "v2": expected Rules of config.example/v1 or config.example/v1beta1',
  ],
  [`${head}rulez: []`, 'strict decoding error: unknown field "rulez"'],
  [`${head}rules: [{nam: a}]`, 'strict decoding error: unknown field "rules[0].nam"'],
  [
    `${head}active: 1`,
    'json: cannot unmarshal number into Go struct field Rules.active of type bool',
  ],
] as const) {
  test(`refused: ${message}`, () => {
    assert.throws(() => decodeConfig(document, wanted), { message })
  })
}

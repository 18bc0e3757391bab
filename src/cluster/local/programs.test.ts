import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pathsOf } from './paths.ts'
import { controlPlaneProgram, serverFlags } from './programs.ts'

test('a server has the same flags for its memory, whoever starts it', () => {
  const launcher = readFileSync(new URL('../../../bin/k8ts', import.meta.url), 'utf8')
  assert.ok(launcher.includes(`memory='${serverFlags.join(' ')}'`))
  const self = ['node', '--some-flag', 'k8ts.js'] as const
  const { command } = controlPlaneProgram(pathsOf('p', {}), { extraConfig: {} } as never, self)
  assert.deepEqual(command.slice(0, 6), [
    'node',
    ...serverFlags,
    '--some-flag',
    'k8ts.js',
    'control-plane',
  ])
})

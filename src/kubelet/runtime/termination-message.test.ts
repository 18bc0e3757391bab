import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ContainerStatus } from '#cri/messages.gen.ts'
import { containerAnnotations } from './labels.ts'
import { parseLogEnd, terminationMessage } from './termination-message.ts'

const line = (text: string, tag = 'F'): string =>
  `2030-01-01T00:00:00.000000000Z stdout ${tag} ${text}\n`

test('log lines lose their headers, partial ones their ends', () => {
  assert.equal(parseLogEnd(line('one') + line('tw', 'P') + line('o')), 'one\ntwo\n')
})

test('only the last lines count, and of them the last bytes', () => {
  const many = Array.from({ length: 100 }, (_, index) => line(String(index))).join('')
  assert.equal(parseLogEnd(many).split('\n')[0], '20')
  assert.equal(parseLogEnd(line('x'.repeat(5000))).length, 2048)
})

interface Case {
  readonly policy: string
  readonly exitCode: number
  readonly file: string
  readonly expected: string
}

const cases: readonly Case[] = [
  { policy: 'File', exitCode: 1, file: 'mine', expected: 'mine' },
  { policy: 'File', exitCode: 1, file: '', expected: '' },
  { policy: 'FallbackToLogsOnError', exitCode: 1, file: '', expected: 'last words\n' },
  { policy: 'FallbackToLogsOnError', exitCode: 1, file: 'mine', expected: 'mine' },
  { policy: 'FallbackToLogsOnError', exitCode: 0, file: '', expected: '' },
]

for (const { policy, exitCode, file, expected } of cases) {
  test(`${policy}, exit ${exitCode}, "${file}" → "${expected}"`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'message-'))
    try {
      await writeFile(join(folder, 'message'), file)
      await writeFile(join(folder, 'log'), line('last words'))
      const container = {
        name: 'c',
        terminationMessagePath: '/t',
        terminationMessagePolicy: policy,
      }
      const metadata = { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
      const annotations = containerAnnotations({ metadata, spec: { containers: [] } }, container, 0)
      const status = {
        exitCode,
        reason: '',
        annotations,
        logPath: join(folder, 'log'),
        mounts: [{ containerPath: '/t', hostPath: join(folder, 'message') }],
      }
      assert.equal(await terminationMessage(status as unknown as ContainerStatus), expected)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}

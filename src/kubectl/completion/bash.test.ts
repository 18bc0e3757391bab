/** The script for bash in a real bash; the program it asks is a fake that says what it was asked. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { bashScript } from './scripts/bash.ts'

const folder = mkdtempSync(join(tmpdir(), 'bash-completion-'))
after(() => rmSync(folder, { recursive: true }))

const program = `#!/bin/sh
shift # __complete
printf '%s\\n' "$*" > "$ASKED"
printf "$ANSWER"
`
writeFileSync(join(folder, 'kubectl'), program, { mode: 0o755 })
writeFileSync(join(folder, 'a.yaml'), '')
writeFileSync(join(folder, 'b.txt'), '')
mkdirSync(join(folder, 'c'))

/** Types the line and asks bash; `compopt` works only while readline completes, so it tells what it was told. */
const driver = `
compopt() { options="$options $*"; }
source script
line=$LINE
COMP_LINE=$line COMP_POINT=\${#line} COMP_TYPE=9 COLUMNS=80
read -ra COMP_WORDS <<<"$(sed -E 's/([=:])/ \\1 /g' <<<"$line")"
[[ $line == *[[:space:]=:] ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
__start_kubectl
cat "$ASKED"
echo "options:$options"
printf '%s\\n' "\${COMPREPLY[@]}"
`
writeFileSync(join(folder, 'script'), bashScript)
writeFileSync(join(folder, 'driver'), driver)

interface Typed {
  readonly line: string
  /** What the program answers, as printf reads it. */
  readonly answer: string
}

async function completed({ line, answer }: Typed) {
  const env = {
    PATH: `${folder}:/usr/bin:/bin`,
    LINE: line,
    ANSWER: answer,
    ASKED: join(folder, 'asked'),
  }
  const { stdout } = await promisify(execFile)('bash', ['--norc', 'driver'], { cwd: folder, env })
  const [asked = '', options = '', ...replies] = stdout.trimEnd().split('\n')
  return { asked, options: options.replace(/^options: ?/, ''), replies }
}

interface Expected {
  readonly asked: string
  readonly options?: string
  readonly replies: readonly string[]
}

const cases: readonly (readonly [typed: Typed, expected: Expected])[] = [
  [
    { line: 'kubectl get po', answer: 'pods\\npodtemplates\\n:4\\n' },
    { asked: 'get po', options: '+o default', replies: ['pods', 'podtemplates'] },
  ],
  [
    { line: 'kubectl get ', answer: 'pods\\n:4\\n' },
    { asked: 'get ', options: '+o default', replies: ['pods'] },
  ],
  [
    { line: 'kubectl c', answer: 'cordon\\tMark\\ncp\\tCopy files\\n:4\\n' },
    {
      asked: 'c',
      options: '+o default',
      replies: ['cordon  (Mark)', 'cp      (Copy files)'],
    },
  ],
  [
    { line: 'kubectl cor', answer: 'cordon\\tMark\\n:4\\n' },
    { asked: 'cor', options: '+o default', replies: ['cordon'] },
  ],
  [
    { line: 'kubectl get pods --output=j', answer: 'json\\njsonpath\\n:4\\n' },
    { asked: 'get pods --output=j', options: '+o default', replies: ['json', 'jsonpath'] },
  ],
  [
    { line: 'kubectl get pods -o=', answer: 'json\\n:4\\n' },
    { asked: 'get pods -o=', options: '+o default', replies: ['json'] },
  ],
  [
    { line: 'kubectl delete pod/a dep', answer: 'deployments.apps/\\n:6\\n' },
    {
      asked: 'delete pod/a dep',
      options: '-o nospace +o default',
      replies: ['deployments.apps/'],
    },
  ],
  [
    { line: 'kubectl port-forward web 90:', answer: '90:80\\n90:81\\n:4\\n' },
    { asked: 'port-forward web 90:', options: '+o default', replies: ['80', '81'] },
  ],
  [
    { line: 'kubectl apply -f ', answer: 'json\\nyaml\\nyml\\n:8\\n' },
    { asked: 'apply -f ', options: '-o filenames', replies: ['a.yaml', 'c'] },
  ],
  [
    { line: 'kubectl x ', answer: ':0\\n' },
    { asked: 'x ', replies: [''] },
  ],
  [
    { line: 'kubectl x ', answer: ':1\\n' },
    { asked: 'x ', replies: [''] },
  ],
]

for (const [typed, { asked, options = '', replies }] of cases) {
  test(`${typed.line}<TAB> when the answer is ${typed.answer}`, async () => {
    const found = await completed(typed)
    assert.deepEqual(
      { ...found, replies: found.replies.toSorted() },
      { asked, options, replies: replies.toSorted().filter((one) => one !== '') },
    )
  })
}

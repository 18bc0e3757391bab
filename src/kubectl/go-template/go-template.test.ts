import assert from 'node:assert/strict'
import { test } from 'node:test'
import { executeTemplate } from './execute.ts'
import { parseTemplate } from './parse.ts'
import { TemplateError } from './tokens.ts'

const data = {
  name: 'web',
  labels: { b: '2', a: '1' },
  items: [{ n: 1 }, { n: 2 }],
  ready: true,
  none: null,
  size: 1.5,
}

function run(text: string, failOnMissingKeys = false): string {
  return executeTemplate(parseTemplate(text), data, { failOnMissingKeys })
}

for (const [text, printed] of [
  ['{{.name}} {{ .labels.a }}', 'web 1'],
  ['{{.labels}} {{.items}}', 'map[a:1 b:2] [map[n:1] map[n:2]]'],
  ['{{.nope}}', '<no value>'],
  ['{{range .items}}{{.n}},{{end}}', '1,2,'],
  ['{{range $k, $v := .labels}}{{$k}}={{$v}};{{end}}', 'a=1;b=2;'],
  ['{{range .nope}}x{{else}}none{{end}}', 'none'],
  ['{{range $i, $x := .items}}{{if $i}}{{break}}{{end}}{{$x.n}}{{end}}', '1'],
  ['{{if .ready}}yes{{else if .name}}b{{else}}no{{end}}', 'yes'],
  ['{{with .labels}}{{.a}}{{$.name}}{{end}}', '1web'],
  ['{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}', '2'],
  ['a {{- " b " -}} c', 'a b c'],
  ['{{/* note */}}x', 'x'],
  ['{{len .items}} {{index .items 1 "n"}} {{index .labels "b"}}', '2 2 2'],
  [
    '{{eq .name "web" "x"}} {{lt 1 2}} {{and true .none}} {{or .none "d"}} {{not .ready}}',
    'true true <no value> d false',
  ],
  [
    '{{printf "%s %d %q %v %5.1f|%-4s|%04d" .name 3 "x" .labels 1.25 "a" 7}}',
    'web 3 "x" map[a:1 b:2]   1.3|a   |0007',
  ],
  ['{{.name | printf "<%s>" | html}}', '&lt;web&gt;'],
  ['{{define "t"}}[{{.}}]{{end}}{{template "t" .name}}', '[web]'],
  ['{{block "t" .name}}({{.}}){{end}}', '(web)'],
  ['{{exists .labels "a"}} {{exists .labels "z"}} {{base64decode "aGk="}}', 'true false hi'],
  ['{{println 1 "a"}}{{print 1 2 "x"}}', '1 a\n1 2x'],
  ['{{`raw "x"`}} {{"\\t|"}} {{\'a\'}}', 'raw "x" \t| 97'],
  ['{{.size}} {{slice .name 1 2}}', '1.5 e'],
] as const) {
  test(text, () => assert.equal(run(text), printed))
}

for (const [text, message] of [
  ['{{.none.x}}', 'executing "output" at <.none.x>: nil pointer evaluating interface {}.x'],
  ['{{.name.x}}', 'executing "output" at <.name.x>: can\'t evaluate field x in type string'],
  ['{{nope}}', 'function "nope" not defined'],
  ['{{.name', 'unclosed action'],
  ['{{if .name}}x', 'unexpected EOF'],
  ['{{end}}', 'unexpected {{end}}'],
  ['{{if}}', 'missing value for if'],
  [
    '{{index .items 9}}',
    'executing "output" at <index .items 9>: error calling index: index out of range: 9',
  ],
] as const) {
  test(`${text} fails`, () => {
    assert.throws(
      () => run(text),
      (error) => error instanceof TemplateError && error.message === message,
    )
  })
}

test('a missing key can be an error', () => {
  assert.throws(() => run('{{.nope}}', true), /map has no entry for key "nope"/)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import { StatusError } from '#api/meta/status.ts'
import {
  checkDeleteOptions,
  listParams,
  watchParams,
  watchTimeoutMs,
  writeParams,
} from './query.ts'
import { requestTimeoutMs } from './request-timeout.ts'

const query = (text: string): URLSearchParams => new URLSearchParams(text)

const refused: readonly [title: string, act: () => unknown, code: number, message: string][] = [
  [
    'limit=abc',
    () => listParams(query('limit=abc')),
    400,
    'strconv.ParseInt: parsing "abc": invalid syntax',
  ],
  [
    'limit too large',
    () => listParams(query('limit=9223372036854775808')),
    400,
    'strconv.ParseInt: parsing "9223372036854775808": value out of range',
  ],
  [
    'timeoutSeconds=x',
    () => watchTimeoutMs(query('timeoutSeconds=x')),
    400,
    'strconv.ParseInt: parsing "x": invalid syntax',
  ],
  [
    'match without version',
    () => listParams(query('resourceVersionMatch=Exact')),
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    'match Exact of 0',
    () => listParams(query('resourceVersionMatch=Exact&resourceVersion=0')),
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
  ],
  [
    'initial events of a list',
    () => listParams(query('sendInitialEvents=true')),
    422,
    'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
  ],
  [
    'match for a watch',
    () => watchParams(query('resourceVersionMatch=NotOlderThan'), ''),
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
  ],
  [
    'initial events without match',
    () => watchParams(query('sendInitialEvents=true'), ''),
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  ],
  [
    'dryRun=Some',
    () => writeParams(query('dryRun=Some'), 'CreateOptions', false),
    422,
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
  ],
  [
    'apply without a manager',
    () => writeParams(query(''), 'PatchOptions', true),
    422,
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  ],
  [
    'force without apply',
    () => writeParams(query('force=true'), 'PatchOptions', false),
    422,
    'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  ],
  [
    'fieldValidation=Odd',
    () => writeParams(query('fieldValidation=Odd'), 'UpdateOptions', false),
    422,
    'UpdateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Odd": supported values: "", "Ignore", "Strict", "Warn"',
  ],
  [
    'propagationPolicy Odd',
    () => checkDeleteOptions({ propagationPolicy: 'Odd' }),
    422,
    'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Odd": supported values: "Foreground", "Background", "Orphan", "nil"',
  ],
  [
    'timeout=x',
    () => requestTimeoutMs(query('timeout=x'), 60_000),
    400,
    'invalid timeout specified in the request URL - time: invalid duration "x"',
  ],
]

for (const [title, act, code, message] of refused) {
  test(`refuses ${title}`, () => {
    assert.throws(act, (error) => {
      assert.ok(error instanceof StatusError)
      assert.equal(error.message, message)
      assert.equal(error.code, code)
      return true
    })
  })
}

test('reads what a list asks for', () => {
  assert.deepEqual(listParams(query('limit=5&continue=abc&labelSelector=a%3Db&resourceVersion=')), {
    limit: 5,
    continue: 'abc',
    labelSelector: 'a=b',
  })
})

test('reads what a watch asks for', () => {
  const text =
    'watch=1&allowWatchBookmarks=true&resourceVersion=7&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'
  assert.deepEqual(watchParams(query(text), ''), {
    resourceVersion: '7',
    resourceVersionMatch: 'NotOlderThan',
    allowBookmarks: true,
    sendInitialEvents: true,
  })
})

test('unknown fields warn unless asked otherwise', () => {
  assert.equal(writeParams(query(''), 'CreateOptions', false).fieldValidation, 'Warn')
  const asked = writeParams(query('fieldValidation=Strict&dryRun=All'), 'CreateOptions', false)
  assert.deepEqual(asked, {
    dryRun: true,
    fieldManager: '',
    fieldValidation: 'Strict',
    force: false,
  })
})

test('a request may ask for less time, not for more', () => {
  assert.equal(requestTimeoutMs(query('timeout=1.5s'), 60_000), 1500)
  assert.equal(requestTimeoutMs(query('timeout=1h'), 60_000), 60_000)
  assert.equal(requestTimeoutMs(query('timeout=0s'), 60_000), 60_000)
})

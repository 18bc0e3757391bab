import assert from 'node:assert/strict'
import test from 'node:test'
import { requestHeaders } from './request-headers.ts'

const head = [':method', 'GET', ':scheme', 'https', ':path', '/api?x=1', ':authority', 'a:6443']

test('a request, its repeated headers joined or the first one taken', () => {
  const more = ['accept', 'a/b', 'accept', 'c/d', 'user-agent', 'one', 'user-agent', 'two']
  const request = requestHeaders([...head, ...more, 'cookie', 'a=1', 'cookie', 'b=2'])
  assert.equal(request?.method, 'GET')
  assert.equal(request?.path, '/api?x=1')
  const { accept, cookie, host, 'user-agent': agent } = request?.headers ?? {}
  assert.deepEqual([accept, cookie, host, agent], ['a/b, c/d', 'a=1; b=2', 'a:6443', 'one'])
})

const malformed: Record<string, readonly string[]> = {
  'no path': head.slice(0, 4),
  'no method': head.slice(2),
  'no scheme': [...head.slice(0, 2), ...head.slice(4)],
  'an empty path': [...head.slice(0, 4), ':path', ''],
  'a path that is none': [...head.slice(0, 4), ':path', 'api'],
  'a pseudo header twice': [...head, ':path', '/'],
  'a pseudo header of answers': [...head, ':status', '200'],
  'a pseudo header after others': [...head.slice(2), 'a', 'b', ':method', 'GET'],
  'an upper-case name': [...head, 'Accept', 'a/b'],
  'an empty name': [...head, '', 'x'],
  'a header about the connection': [...head, 'connection', 'close'],
  'te of something else than trailers': [...head, 'te', 'gzip'],
  'a line break in a value': [...head, 'a', 'b\r\nc'],
}

for (const [name, raw] of Object.entries(malformed)) {
  test(`malformed: ${name}`, () => assert.equal(requestHeaders(raw), undefined))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compactRules } from './rules.ts'

test('verbs of one resource come together, names and URLs stay apart; all in the order of their verbs', () => {
  const rules = compactRules([
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list'] },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['delete'] },
    { apiGroups: [''], resources: ['pods'], resourceNames: ['a', 'b'], verbs: ['get'] },
    { nonResourceURLs: ['/healthz'], verbs: ['get', 'post'] },
  ])
  const shown = rules.map(({ groups, resources, resourceNames, nonResourceUrls, verbs }) =>
    [groups, resources, resourceNames, nonResourceUrls, verbs].map((list) => list.join('+')),
  )
  assert.deepEqual(shown, [
    ['apps', 'deployments', '', '', 'get+list+delete'],
    ['', '', '', '/healthz', 'get'],
    ['', 'pods', 'a', '', 'get'],
    ['', 'pods', 'b', '', 'get'],
    ['', '', '', '/healthz', 'post'],
  ])
})

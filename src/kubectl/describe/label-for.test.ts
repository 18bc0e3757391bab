import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelFor } from './label-for.ts'

const cases = [
  ['apiVersion', 'API Version'],
  ['uid', 'UID'],
  ['clusterIPs', 'Cluster I Ps'],
  ['nonResourceURLs', 'Non Resource URLs'],
  ['HTTPServer', 'HTTPServer'],
  ['apiURLOfUID', 'API URLOf UID'],
  ['osbVersion', 'Osb Version'],
  ['with-dash', 'With - Dash'],
  ['with_underscore', 'with_underscore'],
  ['v1Beta2', 'v1Beta2'],
  ['ärger', 'Ärger'],
  ['', ''],
] as const

for (const [field, label] of cases) {
  test(`${field} → ${label}`, () => assert.equal(labelFor(field), label))
}

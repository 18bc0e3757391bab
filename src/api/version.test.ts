import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gitVersion, goArchitecture, versionInfo } from './version.ts'

test('clients read a version of Kubernetes 1.36', () => {
  const { major, minor, platform } = versionInfo({ nodeVersion: '26.0.0', platform: 'linux/amd64' })
  assert.deepEqual([major, minor, platform], ['1', '36', 'linux/amd64'])
  assert.match(gitVersion, /^v1\.36\.\d+\+k8ts\.\d+$/)
})

test('architectures have the names that Go gives them', () => {
  assert.deepEqual(['x64', 'arm64', 'ia32'].map(goArchitecture), ['amd64', 'arm64', '386'])
})

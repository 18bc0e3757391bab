import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseImage, withDefaultTag } from './reference.ts'

const good = [
  ['nginx', 'nginx:latest', 'docker.io', 'library/nginx'],
  ['nginx:1.27', 'nginx:1.27', 'docker.io', 'library/nginx'],
  ['user/app', 'user/app:latest', 'docker.io', 'user/app'],
  ['localhost/none:1', 'localhost/none:1', 'localhost', 'none'],
  ['localhost:5000/a/b', 'localhost:5000/a/b:latest', 'localhost:5000', 'a/b'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10', 'registry.k8s.io', 'pause'],
  ['[fd00::1]:5000/app', '[fd00::1]:5000/app:latest', '[fd00::1]:5000', 'app'],
  [`app@sha256:${'a'.repeat(64)}`, `app@sha256:${'a'.repeat(64)}`, 'docker.io', 'library/app'],
] as const

for (const [image, whole, registry, repository] of good) {
  test(`${image} is ${registry} ${repository}`, () => {
    const parsed = parseImage(image)
    assert.equal(parsed.registry, registry)
    assert.equal(parsed.repository, repository)
    assert.equal(withDefaultTag(image), whole)
  })
}

const bad = [
  [
    'A_B:::',
    `couldn't parse image reference "A_B:::": invalid reference format: repository name (library/A_B) must be lowercase`,
  ],
  ['a b', `couldn't parse image reference "a b": invalid reference format`],
  ['nginx:', `couldn't parse image reference "nginx:": invalid reference format`],
  ['', `couldn't parse image reference "": invalid reference format`],
] as const

for (const [image, message] of bad) {
  test(`"${image}" is no image`, () => {
    assert.throws(() => withDefaultTag(image), { message })
  })
}

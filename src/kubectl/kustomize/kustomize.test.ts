import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { build } from './build.ts'
import { hashOf } from './generators.ts'
import { newImage } from './images.ts'
import { mergeInto } from './merge.ts'

const folder = mkdtempSync(join(tmpdir(), 'kustomize-'))
after(() => rmSync(folder, { recursive: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const images: readonly (readonly [image: string, change: object, result: string])[] = [
  ['nginx', { name: 'nginx', newTag: '2' }, 'nginx:2'],
  ['nginx:1', { name: 'nginx', newName: 'caddy' }, 'caddy:1'],
  ['reg:5000/nginx', { name: 'reg:5000/nginx', newTag: '2' }, 'reg:5000/nginx:2'],
  ['nginx:1@sha256:a', { name: 'nginx', newTag: '2' }, 'nginx:2'],
  ['nginx:1', { name: 'nginx', digest: 'sha256:b' }, 'nginx@sha256:b'],
  ['nginx:1', { name: 'nginx', tagSuffix: '-x' }, 'nginx:1-x'],
  ['my/nginx:1', { name: 'nginx', newTag: '2' }, 'my/nginx:1'],
]

for (const [image, change, result] of images) {
  test(`${image} after ${JSON.stringify(change)}`, () => {
    assert.equal(newImage(image, { name: '', ...change }), result)
  })
}

test('the hash is of the data, not of the name', () => {
  const data = { a: '1', 'app.conf': 'k = v\n', b: 'x y' }
  for (const name of ['conf', 'other']) {
    assert.equal(hashOf({ kind: 'ConfigMap', metadata: { name }, data }), '5m95chfc9d')
  }
  const secret = { kind: 'Secret', type: 'Opaque', metadata: { name: 'x' }, data: { p: 'cQ==' } }
  assert.equal(hashOf(secret), 'hb2dth72f6')
})

test('elements of a patch come before the others', () => {
  const type = typeSchema(schemaTypeOf('', 'v1', 'Pod') ?? '')
  const pod = { spec: { containers: [{ name: 'a' }, { name: 'b', image: 'x' }] } }
  const patch = { spec: { containers: [{ name: 'c' }, { name: 'b', image: null }] } }
  assert.deepEqual(mergeInto(pod, patch, type), {
    spec: { containers: [{ name: 'c' }, { name: 'b' }, { name: 'a' }] },
  })
})

test('a file outside of the folder is not read, by no link either', () => {
  write('secret.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n')
  write('inside/kustomization.yaml', 'resources: [link.yaml]\n')
  symlinkSync(join(folder, 'secret.yaml'), join(folder, 'inside', 'link.yaml'))
  const options = { io: { stderr: () => undefined }, unrestricted: false }
  assert.throws(() => build(join(folder, 'inside'), options), /is not in or below/)
  const [object] = build(join(folder, 'inside'), { ...options, unrestricted: true })
  assert.equal(object?.metadata?.name, 'a')
})

/** What no single file shows: the layers hold together, nothing is unreachable, generated files are fresh. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { generated } from './generate/main.ts'
import { layers } from './layers.ts'
import { importsOf, root, sourceFiles } from './source-files.ts'

test('every folder of src/ is a layer, and every layer a folder', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(join(root, 'src', entry.name)).length > 0)
    .map((entry) => entry.name)
  assert.deepEqual(folders.sort(), Object.keys(layers).sort(), 'add the folder to tools/layers.ts')
})

test('a layer lists only layers above it, so there is no cycle', () => {
  const seen = new Set<string>()
  for (const [name, layer] of Object.entries(layers)) {
    for (const target of layer.imports) {
      assert.ok(
        seen.has(target),
        `${name} lists ${target}, which stands below it: move one of them`,
      )
    }
    if (name !== 'testing') seen.add(name)
  }
})

test('generated files equal a fresh generation', (context) => {
  const files = generated()
  if (files === undefined) {
    context.skip('the API facts are not beside this checkout')
    return
  }
  for (const [path, text] of files) {
    assert.ok(readFileSync(join(root, path), 'utf8') === text, `${path} is stale: npm run generate`)
  }
})

/** Started by a name or a path that no import shows. */
const entries = /^src\/cmd\/|^test\/|^tools\/|\.test\.ts$/

test('no file is unreachable', () => {
  const files = sourceFiles()
  const known = new Set(files)
  const reached = new Set(files.filter((path) => entries.test(path)))
  for (const path of reached) {
    for (const specifier of importsOf(path)) {
      const target = resolve(path, specifier)
      if (target !== undefined && known.has(target)) reached.add(target)
    }
  }
  const unreachable = files.filter((path) => !reached.has(path))
  assert.deepEqual(unreachable, [], 'delete these files, or import them')
})

test('no file names a place that only one machine has', () => {
  const places =
    /registry\.npmjs|deb\.debian\.org|archive\.ubuntu|\/work\/(?:main|shared)|~\/work\//
  const offending = [...sourceFiles(), 'package.json', 'package-lock.json'].filter(
    (path) => path !== 'tools/tidy.test.ts' && places.test(readFileSync(join(root, path), 'utf8')),
  )
  assert.deepEqual(offending, [], 'take the place out')
})

function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`
  if (specifier.startsWith('.')) return join(dirname(from), specifier)
  return undefined
}

/** `npm run generate`: writes every generated file; idempotent. The tidy test compares with `generated()`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { cri, readCriFacts } from './cri.ts'
import { readFacts } from './facts.ts'
import { interfaces } from './interfaces.ts'
import { resources } from './resources.ts'
import { schema } from './schema.ts'

/** Every generated file: path from the repository's root → text; undefined without the facts. */
export function generated(): Map<string, string> | undefined {
  const facts = readFacts()
  if (facts === undefined) return undefined
  const files = new Map<string, string>()
  for (const [path, text] of interfaces(facts)) files.set(`src/api/${path}`, text)
  files.set('src/api/resources.gen.ts', resources(facts))
  files.set('src/api/schema.gen.json', schema(facts))
  const criFacts = readCriFacts()
  if (criFacts !== undefined) for (const [path, text] of cri(criFacts)) files.set(path, text)
  return files
}

if (import.meta.main) {
  const files = generated()
  if (files === undefined) throw new Error('the API facts are not beside this checkout')
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  process.stdout.write(`wrote ${files.size} files\n`)
}

import { readFile } from 'node:fs/promises'
import { parseResolvConf } from './dns.ts'
import type { Resolver } from './dns.ts'

/** What the node itself resolves with, read anew each time: it may change. '' is nothing at all. */
export function nodeResolver(path: string): () => Promise<Resolver> {
  if (path === '') return () => Promise.resolve({ servers: [], searches: [], options: [] })
  return async () => parseResolvConf(await readFile(path, 'utf8').catch(() => ''))
}

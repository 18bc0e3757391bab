/** `kubectl cp`: a pod, a pod of a namespace, or a file here. Upstream: kubectl pkg/cmd/cp/cp.go. */
import { readdirSync } from 'node:fs'
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import type { Offered } from './arguments.ts'
import { namesOf } from './names.ts'
import { directives, startingWith } from './offer.ts'

export async function copyOffer(call: Call, toComplete: string): Promise<Offered> {
  const words = call.args.length > 0 ? [] : await sources(call, toComplete)
  return { words, directive: directives.noSpace }
}

async function sources(call: Call, toComplete: string): Promise<readonly string[]> {
  if (/^[/.~]/.test(toComplete) || toComplete.includes(':')) return []
  const slash = toComplete.indexOf('/')
  if (slash > 0) return startingWith(await podsIn(call, toComplete.slice(0, slash)), toComplete)
  const namespaces = (await namesOf(call, 'namespace', toComplete)).map((name) => `${name}/`)
  const pods = (await namesOf(call, 'pod', toComplete)).map((name) => `${name}:`)
  const remote = [...namespaces, ...pods]
  if (toComplete === '') return [...remote, './', '/']
  return remote.length === 0 ? [] : [...remote, ...filesHere(call, toComplete)]
}

async function podsIn(call: Call, namespace: string): Promise<readonly string[]> {
  try {
    const mapping = await (await call.factory.mapper()).mappingFor('pods')
    const rest = await call.factory.rest()
    const target = {
      type: 'list' as const,
      mapping,
      namespace,
      selector: '',
      fieldSelector: '',
      chunkSize: 0,
    }
    const { items } = await listObjects(rest, target)
    return items.map(({ metadata }) => `${namespace}/${metadata?.name ?? ''}:`)
  } catch {
    return []
  }
}

function filesHere({ io }: Call, toComplete: string): readonly string[] {
  return readdirSync(io.cwd, { withFileTypes: true })
    .filter(({ name }) => name.startsWith(toComplete))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort(compareBytes)
}

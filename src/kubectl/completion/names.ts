/**
 * Names that the server or the kubeconfig has. What cannot be asked offers nothing.
 * Upstream: kubectl pkg/util/completion/completion.go.
 */
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info, Json } from '#kubectl/objects/info.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { startingWith } from './offer.ts'

/** Objects of a type, or the one of this name. */
export async function objectsOf(call: Call, ...args: readonly string[]): Promise<readonly Info[]> {
  try {
    const selection = await select(call, { args, typeAloneMeansAll: true, chunkSize: 500 })
    return (await fetchInfos(call, selection)).infos
  } catch {
    return []
  }
}

export async function namesOf(
  call: Call,
  type: string,
  toComplete: string,
): Promise<readonly string[]> {
  const names = (await objectsOf(call, type)).map(({ name }) => name)
  return startingWith(names, toComplete)
}

/** Types that can be read, as `api-resources -o name` lists them; the last of several after commas. */
export async function typesStartingWith(
  { factory }: Call,
  toComplete: string,
): Promise<readonly string[]> {
  const comma = toComplete.lastIndexOf(',') + 1
  const prefix = toComplete.slice(0, comma)
  try {
    const { readableTypes } = await import('#kubectl/discovery/types.ts')
    const types = readableTypes(await (await factory.discovery()).served())
    return startingWith(types, toComplete.slice(comma)).map((type) => prefix + type)
  } catch {
    return []
  }
}

export async function configNames(
  { factory }: Call,
  section: 'contexts' | 'clusters' | 'users',
  toComplete: string,
): Promise<readonly string[]> {
  try {
    const names = [...(await factory.config())[section].keys()]
    return startingWith(names.sort(compareBytes), toComplete)
  } catch {
    return []
  }
}

/** The pod that a word of a command line means: its own name, or a workload's first pod. */
async function podNamed(call: Call, word: string): Promise<Info | undefined> {
  if (!word.includes('/')) return (await objectsOf(call, 'pod', word))[0]
  try {
    const [info] = await objectsOf(call, word)
    if (info === undefined) return undefined
    const { podOf } = await import('#kubectl/pods/of-workload.ts')
    const name = (await podOf(call, info)).metadata?.name
    return name === undefined ? undefined : (await objectsOf(call, 'pod', name))[0]
  } catch {
    return undefined
  }
}

export async function containerNames(
  call: Call,
  pod: string,
  toComplete: string,
): Promise<readonly string[]> {
  const found = await podNamed(call, pod)
  if (found === undefined) return []
  const spec = found.object['spec']
  const names = [...listIn(spec, 'initContainers'), ...listIn(spec, 'containers')].map(({ name }) =>
    String(name),
  )
  return startingWith(names, toComplete)
}

/** `LOCAL:REMOTE`; the local one is what was typed, or the same. */
export async function podPorts(
  call: Call,
  pod: string,
  toComplete: string,
): Promise<readonly string[]> {
  const found = await podNamed(call, pod)
  const containers = found === undefined ? [] : listIn(found.object['spec'], 'containers')
  const ports = containers.flatMap((container) => listIn(container, 'ports'))
  return pairs(
    ports.map((port) => String(port['containerPort'])),
    toComplete,
  )
}

export async function servicePorts(
  call: Call,
  service: string,
  toComplete: string,
): Promise<readonly string[]> {
  const [found] = await objectsOf(call, 'service', service)
  const ports = found === undefined ? [] : listIn(found.object['spec'], 'ports')
  return pairs(
    ports.map((port) => String(port['port'])),
    toComplete,
  )
}

function pairs(ports: readonly string[], toComplete: string): readonly string[] {
  const [typed = ''] = toComplete.split(':')
  const local = (port: string): string => (toComplete === '' ? port : typed)
  return startingWith(
    ports.map((port) => `${local(port)}:${port}`),
    toComplete,
  )
}

function listIn(value: unknown, key: string): readonly Json[] {
  const list = isMapping(value) ? value[key] : undefined
  return Array.isArray(list) ? list.filter(isMapping) : []
}

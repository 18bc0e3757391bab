/** The shape of the generator's input: names, types and numbers of the Kubernetes API. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface FieldFact {
  type: string
  required?: boolean
  default?: unknown
  enum?: readonly string[]
  listType?: 'map' | 'set' | 'atomic'
  listMapKeys?: readonly string[]
  mapType?: 'atomic' | 'granular'
  patchStrategy?: string
  patchMergeKey?: string
  protobuf?: number | readonly number[]
  wire?: string
}

export interface TypeFact {
  type?: string
  format?: string
  mapType?: 'atomic' | 'granular'
  fields?: Record<string, FieldFact>
}

export interface SubresourceFact {
  verbs: readonly string[]
  kind?: { group: string; version: string; kind: string }
}

export interface ResourceFact {
  group: string
  version: string
  resource: string
  kind: string
  namespaced: boolean
  verbs: readonly string[]
  subresources: Record<string, SubresourceFact>
}

export interface Facts {
  version: string
  resources: readonly ResourceFact[]
  types: Record<string, TypeFact>
}

export const factsPath = fileURLToPath(
  new URL('../../../shared/facts/kubernetes-1.36-api.json', import.meta.url),
)

/** Reads the facts; undefined where the folder is not at hand (a user's checkout). */
export function readFacts(): Facts | undefined {
  if (!existsSync(factsPath)) return undefined
  return JSON.parse(readFileSync(factsPath, 'utf8')) as Facts
}

/** Requests that change objects. Upstream: cli-runtime pkg/resource/helper.go. */
import { goJson } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { collectionPath, groupResourceOf, objectPath } from './info.ts'
import type { Info, KubeObject } from './info.ts'
import type { DryRun, Validation } from './dry-run.ts'

export interface WriteOptions {
  readonly dryRun?: DryRun
  readonly fieldManager?: string
  readonly validation?: Validation
  readonly subresource?: string
}

function queryOf({ dryRun, fieldManager, validation }: WriteOptions) {
  return {
    ...(dryRun === 'server' && { dryRun: 'All' }),
    ...(fieldManager !== undefined && fieldManager !== '' && { fieldManager }),
    ...(validation !== undefined && { fieldValidation: validation }),
  }
}

type Place = Pick<Info, 'mapping' | 'namespace'>

/** Resolves to what the server made of it. Failures are StatusErrors. */
export async function createObject(
  call: Call,
  at: Place,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const rest = await call.factory.rest()
  return await rest.json<KubeObject>({
    method: 'POST',
    path: collectionPath(at.mapping, at.namespace),
    query: queryOf(options),
    body: goJson(object),
    about: groupResourceOf(at.mapping),
  })
}

type NamedPlace = Place & Pick<Info, 'name'>

export async function replaceObject(
  call: Call,
  at: NamedPlace,
  object: KubeObject,
  options: WriteOptions = {},
): Promise<KubeObject> {
  const rest = await call.factory.rest()
  return await rest.json<KubeObject>({
    method: 'PUT',
    path: objectPath(at, options.subresource),
    query: queryOf(options),
    body: goJson(object),
    about: groupResourceOf(at.mapping),
    name: at.name,
  })
}

export type PatchType = keyof typeof patchContentTypes

const patchContentTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/** `patch` is JSON text, or YAML for `apply`. */
export async function patchObject(
  call: Call,
  at: NamedPlace,
  { type, patch }: { readonly type: PatchType; readonly patch: string },
  options: WriteOptions & { readonly force?: boolean } = {},
): Promise<KubeObject> {
  const rest = await call.factory.rest()
  return await rest.json<KubeObject>({
    method: 'PATCH',
    path: objectPath(at, options.subresource),
    query: {
      ...queryOf(options),
      ...(options.force !== undefined && { force: String(options.force) }),
    },
    headers: { 'Content-Type': patchContentTypes[type] },
    body: patch,
    about: groupResourceOf(at.mapping),
    name: at.name,
  })
}

export interface DeleteOptions {
  readonly dryRun?: DryRun
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

/** Resolves to the server's answer: the object while it is still there, or a Status. */
export async function deleteObject(
  call: Call,
  at: NamedPlace,
  { dryRun, ...options }: DeleteOptions = {},
): Promise<KubeObject> {
  const rest = await call.factory.rest()
  return await rest.json<KubeObject>({
    method: 'DELETE',
    path: objectPath(at),
    body: JSON.stringify({
      ...options,
      ...(dryRun === 'server' && { dryRun: ['All'] }),
    }),
    about: groupResourceOf(at.mapping),
    name: at.name,
  })
}

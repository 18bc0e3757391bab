/** One object by client-side apply. Upstream: kubectl pkg/cmd/apply/{apply,patcher}.go. */
import { isStatus, StatusError } from '#api/meta/status.ts'
import { goJson } from '#api/meta/go-quote.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import type { Call } from '#kubectl/command.ts'
import { waitUntilGone } from '#kubectl/delete/wait.ts'
import { apiVersionOf } from '#kubectl/discovery/mapper.ts'
import { applyPatch } from '#kubectl/objects/apply-patch.ts'
import type { DryRun, Validation } from '#kubectl/objects/dry-run.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import type { Info, Json, KubeObject } from '#kubectl/objects/info.ts'
import { readLastApplied, withLastApplied } from '#kubectl/objects/last-applied.ts'
import { aboutSource } from '#kubectl/objects/source-error.ts'
import { withoutNulls } from './without-nulls.ts'
import { createObject, deleteObject, patchObject } from '#kubectl/objects/write.ts'
import { threeWayPatch } from './three-way.ts'

export interface ApplyOptions {
  readonly dryRun: DryRun
  readonly validation: Validation
  readonly fieldManager: string
}

export interface Applied {
  readonly object: KubeObject
  readonly outcome: 'created' | 'configured' | 'unchanged'
}

export async function applyClientSide(
  call: Call,
  info: Info,
  options: ApplyOptions,
): Promise<Applied> {
  const modified = withLastApplied(info.object)
  const current = await live(call, info)
  if (current === undefined) {
    if (options.dryRun === 'client') return { object: modified, outcome: 'created' }
    // As applying it once more would: a field that is null is taken away.
    const object = await createObject(call, info, withoutNulls(modified), options).catch(
      (error: unknown) => {
        throw aboutSource(error, 'creating', info.source)
      },
    )
    return { object, outcome: 'created' }
  }
  if (readLastApplied(current) === undefined) warnUnmanaged(call, info)
  return await patchLive(call, { info, modified, current }, options)
}

async function live(call: Call, info: Info): Promise<KubeObject | undefined> {
  try {
    return await getObject(await call.factory.rest(), info)
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined
    throw retrieving(error, info)
  }
}

function retrieving(error: unknown, info: Info): unknown {
  if (!(error instanceof StatusError)) return error
  const message = `error when retrieving current configuration of:\n${describe(info)}\nfrom server for: ${JSON.stringify(info.source)}: ${error.message}`
  return new StatusError({ ...error.status, message })
}

function describe({ mapping, name, namespace }: Info): string {
  const { group, version, resource, kind } = mapping
  const groupVersion = group === '' ? `/${version}` : apiVersionOf({ group, version })
  return `Resource: ${JSON.stringify(`${groupVersion}, Resource=${resource}`)}, GroupVersionKind: ${JSON.stringify(`${groupVersion}, Kind=${kind}`)}\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`
}

function warnUnmanaged({ io }: Call, { mapping, name }: Info): void {
  io.stderr(
    `Warning: resource ${mapping.resource}/${name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
  )
}

interface Patching {
  readonly info: Info
  readonly modified: KubeObject
  readonly current: KubeObject
}

async function patchLive(
  call: Call,
  { info, modified, current }: Patching,
  options: ApplyOptions,
): Promise<Applied> {
  const { type, fields } = clientSidePatch(info, { modified, current })
  const patch = goJson(fields)
  if (patch === '{}') return { object: current, outcome: 'unchanged' }
  if (options.dryRun === 'client') {
    const object = applyPatch({ object: current, mapping: info.mapping }, type, patch)
    return { object, outcome: 'configured' }
  }
  const sent = { type, patch }
  try {
    const object = await patchObject(call, info, sent, options)
    return { object, outcome: 'configured' }
  } catch (error) {
    const retry =
      call.flags.bool('force') && (isStatus(error, 'Invalid') || isStatus(error, 'Conflict'))
    if (retry) return { object: await recreate(call, info, modified), outcome: 'configured' }
    throw patchFailure(error, info, patch)
  }
}

export interface ClientSidePatch {
  readonly type: 'strategic' | 'merge'
  /** Empty when there is nothing to change. */
  readonly fields: Json
}

/** From the live object to the modified one, knowing what was applied last. */
export function clientSidePatch(
  { mapping }: Pick<Info, 'mapping'>,
  { modified, current }: Omit<Patching, 'info'>,
): ClientSidePatch {
  const typeName = schemaTypeOf(mapping.group, mapping.version, mapping.kind)
  const type = typeName === undefined ? undefined : typeSchema(typeName)
  const fields = threeWayPatch({ original: parsedOriginal(current), modified, current, type })
  return { type: type === undefined ? 'merge' : 'strategic', fields }
}

function parsedOriginal(current: KubeObject): Json {
  const text = readLastApplied(current)
  if (text === undefined) return {}
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

/** `--force`: what cannot be changed is deleted and created anew. */
async function recreate(call: Call, info: Info, modified: KubeObject): Promise<KubeObject> {
  const answer = await deleteObject(call, info, { propagationPolicy: 'Background' })
  await waitUntilGone(call, [{ info, answer }])
  return await createObject(call, info, modified)
}

function patchFailure(error: unknown, info: Info, patch: string): unknown {
  if (!(error instanceof StatusError) || error.reason === 'Invalid') return error
  const source = JSON.stringify(info.source)
  const message = `error when applying patch:\n${patch}\nto:\n${describe(info)}\nfor: ${source}: error when patching ${source}: ${error.message}`
  return new StatusError({ ...error.status, message })
}

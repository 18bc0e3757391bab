/**
 * An object as it is, and as it would be if the file were applied: the server says so without storing it.
 * Upstream: kubectl pkg/cmd/diff/diff.go, InfoObject.
 */
import { goJson } from '#api/meta/go-quote.ts'
import { isStatus } from '#api/meta/status.ts'
import { clientSidePatch } from '#kubectl/apply/client-side.ts'
import type { Call } from '#kubectl/command.ts'
import { apiVersionOf } from '#kubectl/discovery/mapper.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { lastAppliedAnnotation } from '#kubectl/objects/last-applied.ts'
import { createObject, patchObject } from '#kubectl/objects/write.ts'
import { klogLine } from '#kubectl/rest/request-log.ts'
import type { Versions } from './masked.ts'

const attemptsMax = 4

/** Tries again while the object changes under its hands, the last time whatever its version is. */
export async function versionsOf(call: Call, info: Info): Promise<Versions> {
  for (let attempt = 1; ; attempt += 1) {
    const live = await liveVersion(call, info)
    const unlocked = attempt === attemptsMax
    if (unlocked) {
      const { group, version, kind } = info.mapping
      const type = `${group === '' ? `/${version}` : apiVersionOf({ group, version })}, Kind=${kind}`
      klogLine(
        call.io,
        'W',
        `diff.go:723] Object (${type}: ${info.name}) keeps changing, diffing without lock`,
      )
    }
    try {
      return { live, merged: await mergedVersion(call, info, { live, unlocked }) }
    } catch (error) {
      if (!isStatus(error, 'Conflict') || unlocked) throw error
    }
  }
}

async function liveVersion(call: Call, info: Info): Promise<KubeObject | undefined> {
  try {
    return await getObject(await call.factory.rest(), info)
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined
    throw error
  }
}

interface Merging {
  readonly live: KubeObject | undefined
  readonly unlocked: boolean
}

async function mergedVersion(
  call: Call,
  info: Info,
  { live, unlocked }: Merging,
): Promise<KubeObject> {
  const { flags } = call
  const options = { dryRun: 'server' as const, fieldManager: fieldManagerOf(call) }
  if (flags.bool('server-side')) {
    const patch = { type: 'apply' as const, patch: goJson(info.object) }
    return await patchObject(call, info, patch, {
      ...options,
      force: flags.bool('force-conflicts'),
    })
  }
  if (live === undefined) return await createObject(call, info, info.object, options)
  const version = unlocked ? undefined : live.metadata?.resourceVersion
  const patch = clientSidePatch(info, { modified: withoutLastApplied(info.object), current: live })
  if (Object.keys(patch.fields).length === 0) return live
  const fields =
    version === undefined
      ? patch.fields
      : {
          ...patch.fields,
          metadata: { ...(patch.fields['metadata'] as object), resourceVersion: version },
        }
  return await patchObject(call, info, { type: patch.type, patch: goJson(fields) }, options)
}

function withoutLastApplied(object: KubeObject): KubeObject {
  const { annotations = {} } = object.metadata ?? {}
  const { [lastAppliedAnnotation]: _own, ...others } = annotations
  return { ...object, metadata: { ...object.metadata, annotations: others } }
}

function fieldManagerOf({ flags }: Call): string {
  if (flags.given('field-manager')) return flags.string('field-manager')
  return flags.bool('server-side') ? 'kubectl' : 'kubectl-client-side-apply'
}

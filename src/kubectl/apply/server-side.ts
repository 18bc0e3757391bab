/** One object by server-side apply. Upstream: kubectl pkg/cmd/apply/apply.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'
import type { Call } from '#kubectl/command.ts'
import { apiVersionOf } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import { getObject } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { lastAppliedAnnotation, readLastApplied } from '#kubectl/objects/last-applied.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import type { WriteOptions } from '#kubectl/objects/write.ts'
import type { ApplyOptions } from './client-side.ts'
import { handedOver, managedFieldsOf, ownersOfLastApplied } from './managed-fields.ts'

const conflictHelp = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`

/** An object that was applied by the client before is moved over, and then applied once more. */
export async function applyServerSide(
  call: Call,
  info: Info,
  options: ApplyOptions,
): Promise<KubeObject> {
  const { flags, io } = call
  const subresource = flags.string('subresource')
  const send = (more: Pick<WriteOptions, 'subresource'> = {}): Promise<KubeObject> => {
    const patch = { type: 'apply' as const, patch: goJson(info.object) }
    const force = flags.bool('force-conflicts')
    return patchObject(call, info, patch, { ...options, ...more, force })
  }
  let object: KubeObject
  try {
    object = await send(subresource === '' ? {} : { subresource })
  } catch (error) {
    if (!isStatus(error, 'Conflict')) throw error
    throw new CommandError(`${error.message}\n${conflictHelp}`)
  }
  try {
    object = await keepLastApplied(call, { info, object }, options)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    io.stderr(keepingFailed(error.message))
    return object
  }
  try {
    return (await moveOver(call, { info, object }, options)) ? await send() : object
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    io.stderr(movingFailed(error.message))
    return object
  }
}

const keepingFailed = (reason: string): string =>
  `Warning: failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: ${reason}\n`

const movingFailed = (reason: string): string =>
  `Warning: failed to re-apply configuration after performing Server-Side Apply migration. This is non-fatal and will be retried next time you apply. Error: ${reason}\n`

interface Applied {
  readonly info: Info
  readonly object: KubeObject
}

/** A manager of its own keeps the annotation, without which one could not go back. */
async function keepLastApplied(
  call: Call,
  { info, object }: Applied,
  options: ApplyOptions,
): Promise<KubeObject> {
  const text = readLastApplied(object)
  if (options.fieldManager !== 'kubectl' || text === undefined) return object
  if (ownersOfLastApplied(managedFieldsOf(object), 'Apply').length > 0) return object
  const { mapping, name, namespace } = info
  const patch = goJson({
    apiVersion: apiVersionOf(mapping),
    kind: mapping.kind,
    metadata: {
      name,
      ...(namespace !== '' && { namespace }),
      annotations: { [lastAppliedAnnotation]: text },
    },
  })
  return await patchObject(
    call,
    info,
    { type: 'apply', patch },
    { ...options, fieldManager: 'kubectl-last-applied' },
  )
}

const attemptsMax = 5

/** Whether anything was moved: then what is in no file any more can go. */
async function moveOver(
  call: Call,
  { info, object }: Applied,
  options: ApplyOptions,
): Promise<boolean> {
  const from = ownersOfLastApplied(managedFieldsOf(object), 'Update')
  let live = object
  for (let attempt = 1; ; attempt += 1) {
    const managedFields = handedOver(managedFieldsOf(live), from, options.fieldManager)
    if (managedFields === undefined || from.length === 0) return false
    const patch = goJson([
      { op: 'replace', path: '/metadata/managedFields', value: managedFields },
      {
        op: 'replace',
        path: '/metadata/resourceVersion',
        value: live.metadata?.resourceVersion ?? '',
      },
    ])
    try {
      await patchObject(call, info, { type: 'json', patch }, options)
      return true
    } catch (error) {
      if (!isStatus(error, 'Conflict') || attempt === attemptsMax) throw error
      live = await getObject(await call.factory.rest(), info)
    }
  }
}

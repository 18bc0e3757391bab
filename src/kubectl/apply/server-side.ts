/** One object by server-side apply. Upstream: kubectl pkg/cmd/apply/apply.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { isStatus } from '#api/meta/status.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import type { ApplyOptions } from './client-side.ts'

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

export async function applyServerSide(
  call: Call,
  info: Info,
  options: ApplyOptions,
): Promise<KubeObject> {
  const force = call.flags.bool('force-conflicts')
  const patch = { type: 'apply' as const, patch: goJson(info.object) }
  try {
    return await patchObject(call, info, patch, { ...options, force })
  } catch (error) {
    if (!isStatus(error, 'Conflict')) throw error
    throw new CommandError(`${error.message}\n${conflictHelp}`)
  }
}

/** What history and undo are asked about. */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { select } from '#kubectl/objects/selection.ts'
import type { Selection } from '#kubectl/objects/selection.ts'

/** `validate` runs when something is named; throws CommandError. */
export async function selectRollouts(
  call: Call,
  validate: () => void = () => undefined,
): Promise<Selection> {
  const { flags, args } = call
  const filenames = flags.strings('filename')
  const kustomize = flags.string('kustomize')
  if (args.length === 0 && filenames.length === 0 && kustomize === '') {
    throw new CommandError('required resource not specified')
  }
  validate()
  return await select(call, {
    args,
    filenames,
    kustomize,
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    typeAloneMeansAll: true,
  })
}

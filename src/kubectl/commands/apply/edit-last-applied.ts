/** `kubectl apply edit-last-applied`. Upstream: kubectl pkg/cmd/apply/apply_edit_last_applied.go. */
import {
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  validateFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { objectsIn } from '#kubectl/edit/edited-objects.ts'
import { lastAppliedMode } from '#kubectl/edit/modes.ts'
import { editObjects } from '#kubectl/edit/session.ts'
import { CommandError } from '#kubectl/errors.ts'
import { validationOf } from '#kubectl/objects/dry-run.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { readLastApplied } from '#kubectl/objects/last-applied.ts'
import { select } from '#kubectl/objects/selection.ts'
import { windowsLineEndsFlag } from '#kubectl/commands/edit.ts'

export const command: Command = {
  use: 'apply edit-last-applied (RESOURCE/NAME | -f FILENAME)',
  about: `Edit the last-applied-configuration annotations of resources in an editor: KUBE_EDITOR, or EDITOR, or vi.

 The objects themselves stay as they are.`,
  examples: [['Edit one', 'kubectl apply edit-last-applied deployment/nginx']],
  flags: [
    ...printFlags,
    ...filenameFlags('whose annotation to edit'),
    fieldManagerFlag('kubectl-client-side-apply'),
    validateFlag,
    windowsLineEndsFlag,
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  const selection = await select(call, {
    args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    typeAloneMeansAll: true,
  })
  const validation = validationOf(call)
  const annotated: Info[] = []
  for (const { object } of await fetchAll(call, selection, { latest: true })) {
    const [config] = await objectsIn(call, readLastApplied(object) ?? '')
    if (config !== undefined) annotated.push(config)
  }
  if (annotated.length === 0) {
    throw new CommandError(
      'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
    )
  }
  await editObjects(call, annotated, lastAppliedMode(call, { validation, saveConfig: false }))
}

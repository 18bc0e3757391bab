/** `kubectl edit`. Upstream: kubectl pkg/cmd/edit/edit.go. */
import { bool } from '#kubectl/command-line/flag.ts'
import {
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { patchMode } from '#kubectl/edit/modes.ts'
import { editObjects } from '#kubectl/edit/session.ts'
import { CommandError } from '#kubectl/errors.ts'
import { validationOf } from '#kubectl/objects/dry-run.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import { select } from '#kubectl/objects/selection.ts'

export const windowsLineEndsFlag = bool('windows-line-endings', 'End lines as Windows does.')

export const command: Command = {
  use: 'edit (RESOURCE/NAME | -f FILENAME)',
  about: `Edit resources in an editor: KUBE_EDITOR, or EDITOR, or vi.

 What was changed is sent as a patch when the editor ends. When the server refuses it, the file is opened again with
 the reasons on top. What cannot be saved stays in a file whose name is told.`,
  examples: [
    ['Edit a service', 'kubectl edit svc/registry'],
    ['With another editor', 'KUBE_EDITOR="nano" kubectl edit svc/registry'],
    ['As JSON', 'kubectl edit job.v1.batch/report -o json'],
    ['Its status', 'kubectl edit deployment web --subresource=status'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to edit'),
    fieldManagerFlag('kubectl-edit'),
    saveConfigFlag,
    subresourceFlag,
    validateFlag,
    windowsLineEndsFlag,
    bool('output-patch', 'Print the patch that is sent.'),
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
    subresource: flags.string('subresource'),
    typeAloneMeansAll: true,
  })
  const validation = validationOf(call)
  const infos = await fetchAll(call, selection, { latest: true })
  if (infos.length === 0) throw new CommandError('edit cancelled, no objects found')
  const saveConfig = flags.bool('save-config')
  await editObjects(call, infos, patchMode(call, { validation, saveConfig }))
}

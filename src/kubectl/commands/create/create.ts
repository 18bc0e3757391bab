/** `kubectl create -f`. Upstream: kubectl pkg/cmd/create/create.go. */
import { bool, string } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
  selectorFlag,
  validateFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwAll, UsageError } from '#kubectl/errors.ts'
import { dryRunOf, validationOf } from '#kubectl/objects/dry-run.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { withLastApplied, withLastAppliedIfThere } from '#kubectl/objects/last-applied.ts'
import { aboutSource } from '#kubectl/objects/source-error.ts'
import { select } from '#kubectl/objects/selection.ts'
import { createObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'create -f FILENAME',
  about: `Create a resource from a file or from standard input, in JSON or YAML.`,
  examples: [
    ['Create what a file describes', 'kubectl create -f ./pod.yaml'],
    ['Create what standard input describes', 'cat pod.json | kubectl create -f -'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to create'),
    dryRunFlag,
    fieldManagerFlag('kubectl-create'),
    saveConfigFlag,
    selectorFlag,
    validateFlag,
    bool('edit', 'Edit what the file describes before it is created.'),
    string('raw', 'Path to POST the file to, as it is.'),
    bool('windows-line-endings', 'With --edit: end lines as Windows does.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  const filenames = flags.strings('filename')
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`)
  if (filenames.length === 0 && flags.string('kustomize') === '') {
    throw new CommandError('must specify one of -f and -k')
  }
  if (flags.string('raw') !== '') return await raw(call, filenames)
  if (flags.bool('edit')) return await editFirst(call)
  const dryRun = await dryRunOf(call)
  const validation = validationOf(call)
  const printer = await resultPrinter(call, 'created', dryRun)
  const selection = await select(call, {
    filenames,
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    validate: validation !== 'Ignore',
  })
  const errors: unknown[] = []
  let count = 0
  try {
    for await (const target of selection.targets) {
      if (target.type !== 'object') continue
      count += 1
      const object = prepared(call, target.info)
      try {
        const options = { dryRun, validation, fieldManager: flags.string('field-manager') }
        const created =
          dryRun === 'client' ? object : await createObject(call, target.info, object, options)
        call.io.stdout(printer.print(created))
      } catch (error) {
        errors.push(aboutSource(error, 'creating', target.info.source))
      }
    }
  } catch (error) {
    errors.push(error)
  }
  if (errors.length === 1) throw errors[0]
  throwAll(errors)
  if (count === 0) throw new CommandError('no objects passed to create')
}

/** `--edit`: each object for itself. */
async function editFirst(call: Call): Promise<void> {
  const { flags } = call
  const { createMode } = await import('#kubectl/edit/modes.ts')
  const { editObjects } = await import('#kubectl/edit/session.ts')
  const validation = validationOf(call)
  const selection = await select(call, {
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
  })
  const mode = createMode(call, { validation, saveConfig: flags.bool('save-config') })
  for await (const target of selection.targets) {
    if (target.type === 'object') await editObjects(call, [target.info], mode)
  }
}

function prepared({ flags }: Call, { object }: Info): KubeObject {
  return flags.bool('save-config') ? withLastApplied(object) : withLastAppliedIfThere(object)
}

/** POSTs the file as it is. */
async function raw(call: Call, filenames: readonly string[]): Promise<void> {
  const { sourcesOf } = await import('#kubectl/objects/files.ts')
  const [source, more] = sourcesOf(filenames, call.io, { recursive: false })
  if (source === undefined || more !== undefined) {
    throw new CommandError('--raw can only use a single local file or stdin')
  }
  const rest = await call.factory.rest()
  const { body } = await rest.request({
    method: 'POST',
    path: call.flags.string('raw'),
    body: await source.read(),
  })
  call.io.stdout(body)
}

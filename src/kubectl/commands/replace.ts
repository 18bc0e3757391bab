/** `kubectl replace`. Upstream: kubectl pkg/cmd/replace/replace.go. */
import { isStatus } from '#api/meta/status.ts'
import { string } from '#kubectl/command-line/flag.ts'
import {
  deletionFlags,
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  saveConfigFlag,
  subresourceFlag,
  validateFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { deleteOptions } from '#kubectl/delete/options.ts'
import { waitUntilGone } from '#kubectl/delete/wait.ts'
import { AggregateFailure, CommandError } from '#kubectl/errors.ts'
import { dryRunOf, validationOf } from '#kubectl/objects/dry-run.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { withLastApplied, withLastAppliedIfThere } from '#kubectl/objects/last-applied.ts'
import { select } from '#kubectl/objects/selection.ts'
import { aboutSource } from '#kubectl/objects/source-error.ts'
import { createObject, deleteObject, replaceObject } from '#kubectl/objects/write.ts'
import type { WriteOptions } from '#kubectl/objects/write.ts'
import { qualifiedKind } from '#kubectl/printers/name.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'replace -f FILENAME',
  about: `Replace a resource by file name or stdin.

 The complete specification must be given; --force deletes the object first and creates it anew.`,
  examples: [
    ['Replace by a file', 'kubectl replace -f ./pod.json'],
    ['Delete and create anew', 'kubectl replace --force -f ./pod.json'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to replace'),
    ...deletionFlags,
    dryRunFlag,
    fieldManagerFlag('kubectl-replace'),
    saveConfigFlag,
    subresourceFlag,
    validateFlag,
    string('raw', 'Path to PUT the file to, as it is.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  const filenames = flags.strings('filename')
  const dryRun = await dryRunOf(call)
  if (flags.int('grace-period') >= 0 && !flags.bool('force')) {
    throw new CommandError('--grace-period must have --force specified')
  }
  if (flags.durationMs('timeout') !== 0 && !flags.bool('force')) {
    throw new CommandError('--timeout must have --force specified')
  }
  if (filenames.length === 0 && flags.string('kustomize') === '') {
    throw new CommandError('must specify one of -f and -k')
  }
  if (flags.string('raw') !== '') return await raw(call, filenames)
  const validation = validationOf(call)
  const options: WriteOptions = {
    dryRun,
    validation,
    fieldManager: flags.string('field-manager'),
    subresource: flags.string('subresource'),
  }
  const printer = await resultPrinter(call, 'replaced', dryRun)
  const selection = await select(call, {
    filenames,
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    validate: validation !== 'Ignore',
  })
  const infos: Info[] = []
  for await (const target of selection.targets)
    if (target.type === 'object') infos.push(target.info)
  if (flags.bool('force')) await deleteFirst(call, infos)
  const errors: unknown[] = []
  for (const info of infos) {
    try {
      const object = flags.bool('save-config')
        ? withLastApplied(info.object)
        : withLastAppliedIfThere(info.object)
      const replaced = dryRun === 'client' ? object : await send(call, { ...info, object }, options)
      io.stdout(printer.print(replaced))
    } catch (error) {
      errors.push(aboutSource(error, 'replacing', info.source))
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateFailure(errors)
}

async function send(call: Call, info: Info, options: WriteOptions): Promise<KubeObject> {
  return call.flags.bool('force')
    ? await createObject(call, info, info.object, options)
    : await replaceObject(call, info, info.object, options)
}

async function deleteFirst(call: Call, infos: readonly Info[]): Promise<void> {
  const options = deleteOptions(call, 'none')
  const deleted: { info: Info; answer: KubeObject }[] = []
  for (const info of infos) {
    try {
      const answer = await deleteObject(call, info, options)
      const { mapping, name, namespace } = info
      const where = mapping.namespaced ? ` from ${namespace} namespace` : ''
      const kind = qualifiedKind(mapping.kind, mapping.group)
      call.io.stdout(`${kind} ${JSON.stringify(name)} deleted${where}\n`)
      deleted.push({ info, answer })
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error
    }
  }
  await waitUntilGone(call, deleted)
}

async function raw(call: Call, filenames: readonly string[]): Promise<void> {
  const { sourcesOf } = await import('#kubectl/objects/files.ts')
  const [source, more] = sourcesOf(filenames, call.io, { recursive: false })
  if (source === undefined || more !== undefined) {
    throw new CommandError('--raw can only use a single local file or stdin')
  }
  const rest = await call.factory.rest()
  const body = await source.read()
  const answer = await rest.request({ method: 'PUT', path: call.flags.string('raw'), body })
  call.io.stdout(answer.body)
}

/** `kubectl delete`. Upstream: kubectl pkg/cmd/delete/delete.go. */
import { isStatus } from '#api/meta/status.ts'
import { bool, string } from '#kubectl/command-line/flag.ts'
import {
  allNamespacesFlag,
  deletionFlags,
  dryRunFlag,
  fieldSelectorFlag,
  filenameFlags,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwAll } from '#kubectl/errors.ts'
import { deleteOptions } from '#kubectl/delete/options.ts'
import { deletedText } from '#kubectl/delete/text.ts'
import { waitUntilGone } from '#kubectl/delete/wait.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { aboutSource } from '#kubectl/objects/source-error.ts'
import { select } from '#kubectl/objects/selection.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import { deleteObject } from '#kubectl/objects/write.ts'
import type { DeleteOptions } from '#kubectl/objects/write.ts'
import { qualifiedKind } from '#kubectl/printers/name.ts'

export const command: Command = {
  use: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  about: `Delete resources by file names, stdin, resources and names, or by resources and label selector.

 Objects that end gracefully are waited for; --now and --force shorten that.`,
  examples: [
    ['Delete what a file describes', 'kubectl delete -f ./pod.json'],
    ['Delete by name', 'kubectl delete pod,service web'],
    ['Delete by label', 'kubectl delete pods -l app=web'],
    ['Delete all pods', 'kubectl delete pods --all'],
  ],
  flags: [
    ...filenameFlags('to delete'),
    ...deletionFlags.map((flag) => (flag.name === 'wait' ? { ...flag, default: true } : flag)),
    allNamespacesFlag,
    dryRunFlag,
    fieldSelectorFlag,
    selectorFlag,
    bool('all', 'All objects of the types in the namespace.'),
    bool('ignore-not-found', 'Do not fail for objects that do not exist; with --all that is so.'),
    bool('interactive', 'Ask before anything is deleted.', { short: 'i' }),
    bool('now', 'End at once: the same as --grace-period=1.'),
    string('output', 'Output mode. Use "-o name" for shorter output (resource/name).', {
      short: 'o',
    }),
    string('raw', 'Path to DELETE, as it is.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  if (flags.string('raw') !== '') return await raw(call)
  const dryRun = await dryRunOf(call)
  validate(call)
  const options = deleteOptions(call, dryRun)
  const selection = await select(call, {
    args: call.args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    fieldSelector: flags.string('field-selector'),
    all: flags.bool('all'),
    allNamespaces: flags.bool('all-namespaces'),
  })
  warn(call, dryRun)
  await deleteAll(call, selection, options)
}

function validate({ flags }: Call): void {
  const output = flags.string('output')
  if (output !== '' && output !== 'name') {
    throw new CommandError(`unexpected -o output mode: ${output}. We only support '-o name'`)
  }
  const grace = flags.int('grace-period')
  if (flags.bool('now') && grace !== -1) {
    throw new CommandError('--now and --grace-period cannot be specified together')
  }
  if (flags.bool('force') && (grace > 0 || flags.bool('now'))) {
    throw new CommandError('--force and --grace-period greater than 0 cannot be specified together')
  }
}

function warn({ flags, io }: Call, dryRun: DryRun): void {
  if (flags.bool('force') && flags.int('grace-period') <= 0 && dryRun === 'none') {
    io.stderr(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    )
  }
}

async function deleteAll(call: Call, selection: Selection, options: DeleteOptions): Promise<void> {
  const { flags, io } = call
  const byName = !selection.isList
  const asName = flags.string('output') === 'name'
  // Named objects are deleted without being read first.
  const { infos, errors } = byName ? await namedInfos(selection) : await fetchInfos(call, selection)
  const ignored = flags.bool('ignore-not-found') || flags.bool('all') || selection.isList
  const failures: unknown[] = [...errors]
  const deleted: { info: Info; answer: KubeObject }[] = []
  if (flags.bool('interactive') && infos.length > 0 && !(await confirmed(call, infos))) {
    io.stdout('deletion is cancelled\n')
    return
  }
  for (const info of infos) {
    try {
      const answer =
        options.dryRun === 'client' ? info.object : await deleteObject(call, info, options)
      io.stdout(asName ? `${nameOf(info)}\n` : deletedText(info, options))
      deleted.push({ info, answer })
    } catch (error) {
      if (!ignored || !isStatus(error, 'NotFound'))
        failures.push(aboutSource(error, 'deleting', info.source))
    }
  }
  if (infos.length === 0 && failures.length === 0) io.stdout('No resources found\n')
  throwAll(failures)
  const waits = flags.bool('wait') && !flags.bool('force') && options.dryRun === 'none'
  if (waits) await waitUntilGone(call, deleted)
}

async function namedInfos(selection: Selection) {
  const infos: Info[] = []
  const errors: unknown[] = []
  try {
    for await (const target of selection.targets) {
      if (target.type === 'object') infos.push(target.info)
      if (target.type === 'named') infos.push({ ...target, object: {}, source: '' })
    }
  } catch (error) {
    errors.push(error)
  }
  return { infos, errors }
}

function nameOf({ mapping, name }: Info): string {
  return `${qualifiedKind(mapping.kind, mapping.group)}/${name}`
}

async function confirmed({ io }: Call, infos: readonly Info[]): Promise<boolean> {
  io.stdout(`You are about to delete the following ${infos.length} resource(s):\n`)
  for (const { mapping, name } of infos) {
    io.stdout(`${qualifiedKind(mapping.resource, mapping.group)}/${name}\n`)
  }
  io.stdout('Do you want to continue? (y/N): ')
  return /^y$/i.test((await io.readStdin()).split('\n')[0]?.trim() ?? '')
}

async function raw(call: Call): Promise<void> {
  const { flags, args } = call
  if (args.length > 0) throw new CommandError('arguments may not be passed when --raw is specified')
  const [file] = flags.strings('filename')
  let body: string | undefined
  if (file !== undefined) {
    const { sourcesOf } = await import('#kubectl/objects/files.ts')
    body = await sourcesOf([file], call.io, { recursive: false })[0]?.read()
  }
  const rest = await call.factory.rest()
  const answer = await rest.request({
    method: 'DELETE',
    path: flags.string('raw'),
    ...(body !== undefined && { body }),
  })
  call.io.stdout(answer.body)
}

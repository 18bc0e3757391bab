/** `kubectl apply`. Upstream: kubectl pkg/cmd/apply/apply.go. */
import { bool, strings } from '#kubectl/command-line/flag.ts'
import {
  deletionFlags,
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
  subresourceFlag,
  validateFlag,
} from '#kubectl/command-line/flag-sets.ts'
import { applyClientSide } from '#kubectl/apply/client-side.ts'
import type { ApplyOptions } from '#kubectl/apply/client-side.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { deleteOptions } from '#kubectl/delete/options.ts'
import { AggregateFailure, CommandError, UsageError } from '#kubectl/errors.ts'
import { dryRunOf, dryRunSuffix, validationOf } from '#kubectl/objects/dry-run.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { namePrinter } from '#kubectl/printers/name.ts'
import { printerOf } from '#kubectl/printers/printer.ts'
import type { Printer } from '#kubectl/printers/printer.ts'

export const command: Command = {
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  about: `Apply a configuration to a resource by file name or stdin. The resource name must be specified. It is created if it
 does not exist yet.

 What the configuration applied last had and this one has not is deleted; other fields stay.`,
  examples: [
    ['Apply a file', 'kubectl apply -f ./pod.json'],
    ['Apply standard input', 'cat pod.json | kubectl apply -f -'],
    ['Let the server merge', 'kubectl apply --server-side -f ./pod.json'],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to apply'),
    ...deletionFlags,
    dryRunFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
    selectorFlag,
    subresourceFlag,
    validateFlag,
    bool('all', 'With --prune: whatever the labels are.'),
    bool('force-conflicts', 'With --server-side: take fields of other managers.'),
    bool('openapi-patch', 'Merge lists by what the API says of them.', { default: true }),
    bool('overwrite', 'Overwrite changes that others made to fields of the file.', {
      default: true,
    }),
    bool('prune', 'Delete what was applied before and no file has any more.'),
    strings('prune-allowlist', 'Types that --prune deletes, GROUP/VERSION/KIND.'),
    bool('server-side', 'Let the server merge.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const dryRun = await dryRunOf(call)
  validate(call)
  if (dryRun === 'client' && flags.bool('server-side')) {
    throw new CommandError(
      "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
    )
  }
  const options: ApplyOptions = {
    dryRun,
    validation: validationOf(call),
    fieldManager: manager(call),
  }
  const output = await printerOf(call)
  const selection = await select(call, {
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    validate: options.validation !== 'Ignore',
  })
  const infos: Info[] = []
  const errors: unknown[] = []
  const applied: { info: Info; object: KubeObject }[] = []
  try {
    for await (const target of selection.targets) {
      if (target.type !== 'object') continue
      infos.push(target.info)
      try {
        const object = await applyOne(call, target.info, { options, output })
        applied.push({ info: target.info, object })
      } catch (error) {
        errors.push(error)
      }
    }
  } catch (error) {
    errors.push(error)
  }
  // As one document, so that several can be read back.
  if (output !== undefined && applied.length > 0) printAll(call, output, applied)
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateFailure(errors)
  if (infos.length === 0) throw new CommandError('no objects passed to apply')
  if (flags.bool('prune')) await pruneRest(call, options, applied)
}

function manager({ flags }: Call): string {
  if (flags.given('field-manager')) return flags.string('field-manager')
  return flags.bool('server-side') ? 'kubectl' : 'kubectl-client-side-apply'
}

function validate({ flags, args }: Call): void {
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`)
  if (flags.strings('filename').length === 0 && flags.string('kustomize') === '') {
    throw new CommandError('must specify one of -f and -k')
  }
  if (flags.bool('force-conflicts') && !flags.bool('server-side')) {
    throw new CommandError('--force-conflicts only works with --server-side')
  }
  if (flags.bool('force') && flags.bool('server-side')) {
    throw new CommandError('--force cannot be used with --server-side')
  }
  if (flags.string('subresource') !== '' && !flags.bool('server-side')) {
    throw new CommandError('--subresource can only be specified for --server-side')
  }
  if (flags.bool('prune') && !flags.bool('all') && flags.string('selector') === '') {
    throw new CommandError(
      'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
    )
  }
  if (flags.bool('all') && flags.string('selector') !== '') {
    throw new CommandError('cannot set --all and --selector at the same time')
  }
}

async function applyOne(
  call: Call,
  info: Info,
  { options, output }: { readonly options: ApplyOptions; readonly output: Printer | undefined },
): Promise<KubeObject> {
  const { flags, io } = call
  if (info.name === '') {
    const { generateName = '' } = info.object.metadata ?? {}
    if (generateName !== '') {
      throw new CommandError(`from ${generateName}: cannot use generate name with apply`)
    }
  }
  let object: KubeObject
  let outcome: string
  if (flags.bool('server-side')) {
    const { applyServerSide } = await import('#kubectl/apply/server-side.ts')
    object = await applyServerSide(call, info, options)
    outcome = 'serverside-applied'
  } else {
    const applied = await applyClientSide(call, info, options)
    object = applied.object
    outcome = applied.outcome
  }
  if (output === undefined) {
    io.stdout(namePrinter(`${outcome}${dryRunSuffix(options.dryRun)}`).print(object))
  }
  return object
}

function printAll(
  { io, flags }: Call,
  output: Printer,
  applied: readonly { readonly object: KubeObject }[],
): void {
  const objects = applied.map(({ object }) => object)
  const [only] = objects
  if (flags.string('output') === 'name' || (objects.length === 1 && only !== undefined)) {
    for (const object of objects) io.stdout(output.print(object))
    return
  }
  io.stdout(output.print({ apiVersion: 'v1', items: objects, kind: 'List', metadata: {} }))
}

async function pruneRest(
  call: Call,
  { dryRun }: ApplyOptions,
  applied: readonly { readonly info: Info; readonly object: KubeObject }[],
): Promise<void> {
  const { prune } = await import('#kubectl/apply/prune.ts')
  const printer = (await printerOf(call)) ?? namePrinter(`pruned${dryRunSuffix(dryRun)}`)
  const visited = {
    uids: new Set(applied.map(({ object }) => object.metadata?.uid ?? '')),
    namespaces: new Set(applied.map(({ info }) => info.namespace).filter((name) => name !== '')),
  }
  await prune(call, visited, { printer, options: deleteOptions(call, dryRun) })
}

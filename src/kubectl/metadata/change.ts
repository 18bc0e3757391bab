/** What label and annotate share. Upstream: kubectl pkg/cmd/{label,annotate}, pkg/cmd/util GetResourcesAndPairs. */
import { goJson } from '#api/meta/go-quote.ts'
import { bool, string } from '#kubectl/command-line/flag.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import {
  allNamespacesFlag,
  dryRunFlag,
  fieldManagerFlag,
  fieldSelectorFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call } from '#kubectl/command.ts'
import { AggregateFailure, CommandError } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export type Pairs = Readonly<Record<string, string>>

export interface Kind {
  readonly field: 'labels' | 'annotations'
  /** `label`, for messages. */
  readonly noun: string
  /** Refuses a change of one object; throws CommandError. */
  check(before: Pairs, changes: Changes, overwrite: boolean): void
  /** What is said of an object: `labeled`, `not labeled`. */
  outcome(before: Pairs, after: Pairs, changes: Changes): string
  /** Said before that. */
  remarks(before: Pairs, changes: Changes): string
}

export interface Changes {
  readonly set: Pairs
  readonly removed: readonly string[]
}

export function metadataFlags(manager: string, what: string): readonly Flag[] {
  return [
    ...printFlags,
    ...filenameFlags('to change'),
    allNamespacesFlag,
    dryRunFlag,
    fieldManagerFlag(manager),
    fieldSelectorFlag,
    selectorFlag,
    bool('all', 'All objects of the types in the namespace.'),
    bool('list', `Show the ${what} of the objects.`),
    bool('local', 'Change what the files describe; ask no server.'),
    bool('overwrite', `Change ${what} that are there with another value.`),
    string('resource-version', 'Only change this version of the one object.'),
  ]
}

/** Arguments before the first change name objects. Throws CommandError. */
export function splitArgs(
  { args }: Call,
  noun: string,
): { readonly resources: readonly string[]; readonly changes: Changes } {
  const isChange = (word: string): boolean => /^[^=].*(?:=|-$)/s.test(word)
  const first = args.findIndex(isChange)
  const at = first < 0 ? args.length : first
  const pairs = args.slice(at)
  const stray = pairs.find((word) => !isChange(word))
  if (stray !== undefined) {
    throw new CommandError(`all resources must be specified before ${noun} changes: ${stray}`)
  }
  return { resources: args.slice(0, at), changes: changesOf(pairs, noun) }
}

function changesOf(pairs: readonly string[], noun: string): Changes {
  const set: Record<string, string> = {}
  const removed: string[] = []
  const invalid: string[] = []
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals > 0) set[pair.slice(0, equals)] = pair.slice(equals + 1)
    else if (equals < 0 && pair.length > 1) removed.push(pair.slice(0, -1))
    else invalid.push(pair)
  }
  if (invalid.length > 0) throw new CommandError(`invalid ${noun} format: ${invalid.join(', ')}`)
  return { set, removed }
}

/** Reads the objects, changes them, says so. Goes on after a failure. */
export async function changeMetadata(call: Call, kind: Kind): Promise<void> {
  const { flags } = call
  const dryRun = await dryRunOf(call)
  if (kind.noun === 'label' && flags.bool('list') && flags.string('output') !== '') {
    throw new CommandError('--list and --output may not be specified together')
  }
  const { resources, changes } = splitArgs(call, kind.noun)
  validate(call, kind, { resources, changes, dryRun })
  const selection = await selected(call, resources)
  if (!selection.isSingle && flags.string('resource-version') !== '') {
    throw new CommandError('--resource-version may only be used with a single resource')
  }
  const latest = !flags.bool('local')
  const { infos, errors } = await fetchInfos(call, selection, { latest })
  const failures = [...errors]
  for (const info of infos) {
    try {
      await changeOne(call, info, { kind, changes, dryRun, selection })
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateFailure(failures)
}

interface Asked {
  readonly resources: readonly string[]
  readonly changes: Changes
  readonly dryRun: DryRun
}

function validate({ flags }: Call, { noun }: Kind, { resources, changes, dryRun }: Asked): void {
  const hasFiles = flags.strings('filename').length > 0 || flags.string('kustomize') !== ''
  const example = noun === 'label' ? 'pod' : 'rsrc'
  const refuse = (message: string): never => {
    throw new CommandError(message)
  }
  if (flags.bool('all') && flags.string('selector') !== '') {
    refuse('cannot set --all and --selector at the same time')
  }
  if (flags.bool('all') && flags.string('field-selector') !== '') {
    refuse('cannot set --all and --field-selector at the same time')
  }
  if (flags.bool('local')) {
    if (dryRun === 'server') {
      refuse('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
    }
    if (resources.length > 0) {
      refuse(
        `can only use local files by -f ${example}.yaml or --filename=${example}.json when --local=true is set`,
      )
    }
    if (!hasFiles) {
      refuse(
        `one or more files must be specified as -f ${example}.yaml or --filename=${example}.json`,
      )
    }
  } else if (resources.length === 0 && !hasFiles) {
    refuse('one or more resources must be specified as <resource> <name> or <resource>/<name>')
  }
  const isEmpty = Object.keys(changes.set).length === 0 && changes.removed.length === 0
  if (isEmpty && !flags.bool('list')) refuse(`at least one ${noun} update is required`)
}

async function selected(call: Call, resources: readonly string[]): Promise<Selection> {
  const { flags } = call
  const local = flags.bool('local')
  return await select(call, {
    args: resources,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    allNamespaces: flags.bool('all-namespaces'),
    typeAloneMeansAll: flags.bool('all'),
    local,
    ...(!local && {
      selector: flags.string('selector'),
      fieldSelector: flags.string('field-selector'),
    }),
  })
}

interface Change {
  readonly kind: Kind
  readonly changes: Changes
  readonly dryRun: DryRun
  readonly selection: Selection
}

async function changeOne(call: Call, info: Info, change: Change): Promise<void> {
  const { kind, changes, dryRun, selection } = change
  const { flags, io } = call
  const before: Pairs = info.object.metadata?.[kind.field] ?? {}
  kind.check(before, changes, flags.bool('overwrite'))
  const after = { ...before, ...changes.set }
  for (const key of changes.removed) delete after[key]
  const object = withField(info.object, kind.field, after)
  io.stdout(kind.remarks(before, changes))
  const isLocal = flags.bool('local') || dryRun === 'client' || flags.bool('list')
  const result = isLocal ? object : await send(call, info, { ...change, before, after })
  if (flags.bool('list')) return listed(call, { ...info, object: result }, kind, selection)
  const printer = await resultPrinter(call, kind.outcome(before, after, changes), dryRun)
  io.stdout(printer.print(result))
}

function withField(object: KubeObject, field: Kind['field'], pairs: Pairs): KubeObject {
  const { [field]: _before, ...metadata } = object.metadata ?? {}
  const changed = Object.keys(pairs).length === 0 ? metadata : { ...metadata, [field]: pairs }
  return { ...object, metadata: changed }
}

async function send(
  call: Call,
  info: Info,
  {
    kind,
    changes,
    dryRun,
    before,
    after,
  }: Change & { readonly before: Pairs; readonly after: Pairs },
): Promise<KubeObject> {
  const version = call.flags.string('resource-version')
  const set = Object.entries(after).filter(([key, value]) => before[key] !== value)
  const gone = changes.removed.filter((key) => Object.hasOwn(before, key))
  const pairs = Object.fromEntries([...set, ...gone.map((key) => [key, null] as const)])
  const isGone = Object.keys(after).length === 0 && gone.length > 0
  const metadata = {
    ...(isGone ? { [kind.field]: null } : Object.keys(pairs).length > 0 && { [kind.field]: pairs }),
    ...(version !== '' && { resourceVersion: version }),
  }
  const patch = goJson(Object.keys(metadata).length === 0 ? {} : { metadata })
  const fieldManager = call.flags.string('field-manager')
  return await patchObject(call, info, { type: 'merge', patch }, { dryRun, fieldManager })
}

function listed({ io }: Call, { mapping, name, object }: Info, kind: Kind, selection: Selection) {
  const pairs = object.metadata?.[kind.field] ?? {}
  const indent = selection.isSingle ? '' : ' '
  if (!selection.isSingle) {
    io.stdout(`Listing ${kind.field} for ${mapping.kind}.${mapping.group}/${name}:\n`)
  }
  for (const [key, value] of Object.entries(pairs)) io.stdout(`${indent}${key}=${value}\n`)
}

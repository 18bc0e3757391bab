/**
 * What the commands of `kubectl set` share: read the objects, change each, send what changed.
 * Upstream: kubectl pkg/cmd/set/helper.go.
 */
import { goJson } from '#api/meta/go-quote.ts'
import { StatusError } from '#api/meta/status.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { threeWayPatch } from '#kubectl/apply/three-way.ts'
import { bool, string } from '#kubectl/command-line/flag.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  filenameFlags,
  printFlags,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call } from '#kubectl/command.ts'
import { splitGroupVersion } from '#kubectl/discovery/mapper.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { fetchAll } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import { typed } from '#kubectl/objects/typed.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { qualifiedKind } from '#kubectl/printers/name.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'
import type { Printer } from '#kubectl/printers/printer.ts'

/** Of every `kubectl set`. */
export const setFlags: readonly Flag[] = [
  ...printFlags,
  ...filenameFlags('to change'),
  dryRunFlag,
  fieldManagerFlag('kubectl-set'),
  bool('all', 'All objects of the types in the namespace.'),
  bool('local', 'Change what the files describe; ask no server.'),
]

export const containersFlag = string('containers', 'Containers to change; * stands for any text.', {
  short: 'c',
  default: '*',
})

const localResource = `error: you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`

export interface Setting {
  readonly dryRun: DryRun
  readonly printer: Printer
}

/** Reads what every command of the group is told: how to print, whether to write. */
export async function settingOf(call: Call, outcome: string): Promise<Setting> {
  const dryRun = await dryRunOf(call)
  return { dryRun, printer: await resultPrinter(call, outcome, dryRun) }
}

interface SettableOptions {
  /** False: with --local, arguments that name objects are left unread. */
  readonly refusesArgs?: boolean
}

/** The objects that are named by arguments, or described by files. */
export async function settableObjects(
  call: Call,
  resources: readonly string[],
  options: SettableOptions = {},
): Promise<readonly Info[]> {
  const selection = await selectSettable(call, resources, options)
  const infos = await fetchAll(call, selection, { latest: !call.flags.bool('local') })
  return infos.map((info) => ({ ...info, object: typed(info.object) }))
}

export async function selectSettable(
  call: Call,
  resources: readonly string[],
  { refusesArgs = true }: SettableOptions,
): Promise<Selection> {
  const { flags } = call
  const local = flags.bool('local')
  if (local && refusesArgs && resources.length > 0) throw new CommandError(localResource)
  return await select(call, {
    args: local ? [] : resources,
    filenames: flags.strings('filename'),
    kustomize: flags.has('kustomize') ? flags.string('kustomize') : '',
    recursive: flags.bool('recursive'),
    local,
    ...(!local && {
      selector: flags.has('selector') ? flags.string('selector') : '',
      typeAloneMeansAll: flags.bool('all'),
    }),
  })
}

export function refuseLocalOnServer({ flags }: Call, { dryRun }: Setting): void {
  if (!flags.bool('local') || dryRun !== 'server') return
  throw new CommandError(
    'cannot specify --local and --dry-run=server - did you mean --dry-run=client?',
  )
}

export function hasFiles({ flags }: Call): boolean {
  return flags.strings('filename').length > 0 || flags.string('kustomize') !== ''
}

export interface Changing {
  readonly setting: Setting
  readonly infos: readonly Info[]
  /**
   * Changes the object in place; false: it is left out. A CommandError that it throws leaves the object out as
   * well; what goes to `problems` is only told.
   */
  change(object: KubeObject, problems: unknown[]): boolean | Promise<boolean>
  /** Before the server's words when it refuses the change. */
  readonly failure: string
  /** Whether an object that came out as it was is sent and told nevertheless. */
  readonly sendsUnchanged?: boolean
  /** Called when the first object is stored; throws what ends the command. */
  afterSending?(): void
}

type Outcome =
  | { readonly type: 'changed'; readonly info: Info; readonly patch: string }
  | { readonly type: 'failed'; readonly error: unknown }

/** Changes all, then sends all; goes on after a failure. */
export async function changeAll(call: Call, changing: Changing): Promise<void> {
  const problems: unknown[] = []
  const outcomes: Outcome[] = []
  for (const info of changing.infos) {
    const outcome = await changed(call, info, { changing, problems })
    if (outcome !== undefined) outcomes.push(outcome)
  }
  for (const outcome of outcomes) {
    if (outcome.type === 'failed') {
      problems.push(outcome.error)
    } else if (outcome.patch !== '{}' || changing.sendsUnchanged === true) {
      await send(call, outcome, { changing, problems })
    }
  }
  throwFailures(problems)
}

interface Progress {
  readonly changing: Changing
  /** What went wrong so far. */
  readonly problems: unknown[]
}

async function changed(
  { flags }: Call,
  info: Info,
  { changing, problems }: Progress,
): Promise<Outcome | undefined> {
  const object = structuredClone(info.object)
  try {
    if (!(await changing.change(object, problems))) return undefined
    const after = typed(object)
    return { type: 'changed', info: { ...info, object: after }, patch: patchOf(info.object, after) }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const subject = subjectOf(info, flags.bool('local'))
    return { type: 'failed', error: new CommandError(`error: ${subject} ${error.message}\n`) }
  }
}

/** Without a server it is not known how a resource is called. Upstream: cli-runtime visitor.go, ObjectName. */
function subjectOf({ mapping, name }: Info, local: boolean): string {
  if (!local) return `${mapping.resource}/${name}`
  return `${qualifiedKind(mapping.kind, mapping.group)}/${name}${mapping.group === '' ? '' : '\n'}`
}

/** The strategic merge patch from one form to the other. */
export function patchOf(before: KubeObject, after: KubeObject): string {
  const { apiVersion = '', kind = '' } = after
  const name = schemaTypeOf(...splitGroupVersion(apiVersion), kind)
  const type = name === undefined ? undefined : typeSchema(name)
  return goJson(threeWayPatch({ original: before, modified: after, current: before, type }))
}

async function send(
  call: Call,
  { info, patch }: Extract<Outcome, { type: 'changed' }>,
  { changing, problems }: Progress,
): Promise<void> {
  const { flags, io } = call
  const { dryRun, printer } = changing.setting
  if (flags.bool('local') || dryRun === 'client') {
    return io.stdout(printer.print(info.object, 'given'))
  }
  const options = { dryRun, fieldManager: flags.string('field-manager') }
  let object: KubeObject
  try {
    object = await patchObject(call, info, { type: 'strategic', patch }, options)
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    problems.push(new CommandError(`${changing.failure}${error.message}`))
    return
  }
  changing.afterSending?.()
  io.stdout(printer.print(typed(object), 'given'))
}

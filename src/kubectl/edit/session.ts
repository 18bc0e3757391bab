/**
 * An edit: the text is opened until it is valid and written, or given up.
 * Upstream: kubectl pkg/cmd/util/editor/editoptions.go.
 */
import { existsSync, rmSync } from 'node:fs'
import type { Call } from '#kubectl/command.ts'
import { CommandError, ExitError } from '#kubectl/errors.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { goJsonIndented, withoutManagedFields } from '#kubectl/printers/json-yaml.ts'
import { editText } from './editor.ts'
import type { Edited } from './editor.ts'
import { objectsIn, placedIn, typeProblem } from './edited-objects.ts'
import {
  hasContent,
  headerText,
  meaningOf,
  withoutCommentLines,
  withWindowsLineEnds,
} from './text.ts'
import type { Header, Reason } from './text.ts'

/** What became of the edited objects, one after the other. */
export interface Outcome {
  readonly reasons: Reason[]
  /** The server says no for a reason that may pass. */
  retryable: number
  notFound: number
}

export interface Mode {
  readonly header: Header
  /** Objects are checked before they are sent. */
  readonly validates: boolean
  /** Writes them; what the user can mend goes to `outcome`. Rejects for all else. */
  write(originals: readonly Info[], edited: readonly Info[], outcome: Outcome): Promise<void>
}

interface Opening {
  readonly text: string
  /** The file of the time before. */
  readonly file: string | undefined
  /** Its text, when it is opened again because of an error. */
  readonly broken: string | undefined
}

export async function editObjects(call: Call, infos: readonly Info[], mode: Mode): Promise<void> {
  const form = await formOf(call)
  const original = form.print(shownObject(infos))
  let opening: Opening = {
    text: form.header(mode.header, []) + original,
    file: undefined,
    broken: undefined,
  }
  const first = opening.text
  for (;;) {
    const edited = await opened(call, opening, form.extension)
    const reasons = await attempt(call, { infos, mode, edited, original: first })
    if (reasons === undefined) return
    const text = form.header(mode.header, reasons) + withoutCommentLines(edited.text)
    opening = { text, file: edited.path, broken: edited.text }
  }
}

interface Form {
  readonly extension: string
  header(header: Header, reasons: readonly Reason[]): string
  print(object: KubeObject): string
}

async function formOf({ flags }: Call): Promise<Form> {
  const output = flags.string('output')
  const ends = (text: string): string =>
    flags.bool('windows-line-endings') ? withWindowsLineEnds(text) : text
  const plain = (object: KubeObject): KubeObject => withoutManagedFields(object, false)
  if (output === 'json') {
    const print = (object: KubeObject): string => ends(goJsonIndented(plain(object)))
    return { extension: '.json', header: () => '', print }
  }
  const printer = await yamlPrinterOf(output)
  return {
    extension: '.yaml',
    header: (header, reasons) => ends(headerText(header, reasons)),
    print: (object) => ends(printer.print(plain(object))),
  }
}

async function yamlPrinterOf(output: string) {
  if (output === 'kyaml') return (await import('#kubectl/printers/kyaml.ts')).kyamlPrinter(false)
  if (output === '' || output === 'yaml') {
    return (await import('#kubectl/printers/json-yaml.ts')).yamlPrinter(false)
  }
  throw new CommandError(
    `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: json,kyaml,yaml`,
  )
}

function shownObject(infos: readonly Info[]): KubeObject {
  const [only, more] = infos
  if (only !== undefined && more === undefined) return only.object
  const items = infos.map(({ object }) => withoutManagedFields(object, false))
  return { apiVersion: 'v1', kind: 'List', metadata: {}, items }
}

async function opened(call: Call, { text, file, broken }: Opening, extension: string) {
  const edited = await editText(text, extension, call.io).catch((error: unknown) => {
    throw preserved(call, error, file)
  })
  if (broken !== undefined && meaningOf(broken) === meaningOf(edited.text)) {
    const error = new CommandError('Edit cancelled, no valid changes were saved.')
    throw preserved(call, error, edited.path)
  }
  if (file !== undefined) rmSync(file, { force: true })
  return edited
}

/** Says where the changes are, if they are. */
function preserved({ io }: Call, error: unknown, path: string | undefined): unknown {
  if (path !== undefined && existsSync(path)) {
    io.stderr(`A copy of your changes has been stored to ${JSON.stringify(path)}\n`)
  }
  return error
}

interface Attempt {
  readonly infos: readonly Info[]
  readonly mode: Mode
  readonly edited: Edited
  /** The whole text that was opened first. */
  readonly original: string
}

/** Resolves to why the text must be edited again; undefined: it is done. */
async function attempt(call: Call, all: Attempt): Promise<readonly Reason[] | undefined> {
  const { infos, mode, edited, original } = all
  const problem = mode.validates ? typeProblem(meaningOf(edited.text)) : undefined
  if (problem !== undefined) return [invalidFile(call, infos, problem)]
  const cancelled = cancellation(original, edited.text)
  if (cancelled !== undefined) {
    rmSync(edited.path, { force: true })
    call.io.stderr(`Edit cancelled, ${cancelled}\n`)
    return undefined
  }
  let objects: readonly Info[]
  try {
    objects = await objectsIn(call, edited.text)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return [{ head: `The edited file had a syntax error: ${error.message}`, details: [] }]
  }
  const outcome: Outcome = { reasons: [], retryable: 0, notFound: 0 }
  try {
    const { namespace } = await call.factory.namespace()
    await mode.write(infos, placedIn(objects, namespace), outcome)
  } catch (error) {
    throw preserved(call, error, edited.path)
  }
  return settled(call, outcome, edited.path)
}

function cancellation(original: string, edited: string): string | undefined {
  if (meaningOf(original) === meaningOf(edited)) return 'no changes made.'
  return hasContent(edited) ? undefined : 'saved file was empty.'
}

function invalidFile({ io }: Call, [first]: readonly Info[], problem: string): Reason {
  const what = first === undefined ? '' : `${resourceName(first)} ${JSON.stringify(first.name)}`
  io.stderr(`error: ${what} is invalid\n`)
  const detail = `<nil>: Invalid value: "The edited file failed validation": ${problem}`
  return { head: `${what} was not valid`, details: [detail] }
}

/** `deployments.apps`. */
export function resourceName({ mapping: { resource, group } }: Info): string {
  return group === '' ? resource : `${resource}.${group}`
}

function settled({ io }: Call, outcome: Outcome, path: string): readonly Reason[] | undefined {
  if (outcome.retryable > 0) {
    io.stderr(`You can run \`kubectl replace -f ${path}\` to try this update again.\n`)
    throw new ExitError(1)
  }
  if (outcome.notFound > 0) {
    io.stderr(
      `The edits you made on deleted resources have been saved to ${JSON.stringify(path)}\n`,
    )
    throw new ExitError(1)
  }
  if (outcome.reasons.length > 0) return outcome.reasons
  rmSync(path, { force: true })
  return undefined
}

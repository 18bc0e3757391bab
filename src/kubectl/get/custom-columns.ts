/** `-o custom-columns=NAME:.path,…` and its file form. Upstream: kubectl pkg/cmd/get/customcolumn.go. */
import { readFileSync } from 'node:fs'
import { findResults } from '#api/json-path/evaluate.ts'
import { goText } from '#api/json-path/go-text.ts'
import { JsonPathError, parseJsonPath, relaxedPath } from '#api/json-path/parse.ts'
import type { Action } from '#api/json-path/parse.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { isList } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { alignTabs } from '#kubectl/printers/tab-writer.ts'
import type { BatchPrinter } from './objects.ts'

interface Column {
  readonly header: string
  readonly path: readonly Action[]
}

/** Throws CommandError for a format that says no columns. */
export function customColumnsPrinter(
  { format, argument }: { readonly format: string; readonly argument: string },
  { flags }: Call,
): BatchPrinter {
  if (argument === '') {
    throw new CommandError('custom-columns format specified but no custom columns given')
  }
  const columns = format === 'custom-columns' ? columnsOf(argument) : columnsOfFile(argument)
  let headersDone = flags.bool('no-headers')
  return {
    printAll(objects) {
      const header = headersDone ? '' : `${columns.map(({ header: name }) => name).join('\t')}\n`
      headersDone = true
      const items = objects.flatMap((object) => (isList(object) ? object.items : [object]))
      return alignTabs(header + items.map((object) => rowText(columns, object)).join(''))
    },
  }
}

function columnsOf(spec: string): readonly Column[] {
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':')
    if (colon < 0 || colon === part.length - 1) {
      throw new CommandError(
        `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      )
    }
    return { header: part.slice(0, colon), path: pathOf(part.slice(colon + 1)) }
  })
}

/** Headers in the first line, paths in the second. */
function columnsOfFile(file: string): readonly Column[] {
  const [first = '', second = ''] = readTemplate(file).split('\n')
  const headers = first.split(/\s+/).filter((word) => word !== '')
  const paths = second.split(/\s+/).filter((word) => word !== '')
  if (headers.length !== paths.length) {
    throw new CommandError(
      `number of headers (${headers.length}) and field specifications (${paths.length}) don't match`,
    )
  }
  return headers.map((header, at) => ({ header, path: pathOf(paths[at] as string) }))
}

function readTemplate(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new CommandError(
      `error reading template ${file}, open ${file}: no such file or directory\n`,
    )
  }
}

function pathOf(text: string): readonly Action[] {
  try {
    return parseJsonPath(relaxedPath(text))
  } catch (error) {
    if (error instanceof JsonPathError) throw new CommandError(error.message)
    throw error
  }
}

function rowText(columns: readonly Column[], object: KubeObject): string {
  const cells = columns.map(({ path }) => {
    const values = findResults(path, object, { allowMissingKeys: true }).flat()
    return values.length === 0 ? '<none>' : values.map(goText).join(',')
  })
  return `${cells.join('\t')}\n`
}

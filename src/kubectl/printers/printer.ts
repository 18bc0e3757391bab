/**
 * Which printer `-o` asks for. Upstream: cli-runtime pkg/genericclioptions/print_flags.go and its kin.
 */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

/** Of keys in JSON: objects that Go holds as structs have the order of the struct. */
export type KeyOrder = 'sorted' | 'given'

export interface Printer {
  /** The text of one object; several are printed one after the other. */
  print(object: KubeObject, order?: KeyOrder): string
}

export type OutputFormat = keyof typeof loaders

export interface PrinterOptions {
  readonly argument: string
  readonly allowMissingKeys: boolean
  readonly showManagedFields: boolean
  /** The argument is the path of a file that has the template. */
  readonly isFile?: boolean
}

type Load = (options: PrinterOptions) => Promise<Printer>

/** What `-o FORMAT[=ARGUMENT]` loads. */
const loaders = {
  json: async ({ showManagedFields }) =>
    (await import('./json-yaml.ts')).jsonPrinter(showManagedFields),
  yaml: async ({ showManagedFields }) =>
    (await import('./json-yaml.ts')).yamlPrinter(showManagedFields),
  kyaml: async ({ showManagedFields }) =>
    (await import('./kyaml.ts')).kyamlPrinter(showManagedFields),
  name: async () => (await import('./name.ts')).namePrinter(),
  'go-template': async (options) => (await import('./templates.ts')).goTemplatePrinter(options),
  'go-template-file': async (options) =>
    (await import('./templates.ts')).goTemplatePrinter(fromFile(options)),
  template: async (options) => (await import('./templates.ts')).goTemplatePrinter(options),
  templatefile: async (options) =>
    (await import('./templates.ts')).goTemplatePrinter(fromFile(options)),
  jsonpath: async (options) => (await import('./templates.ts')).jsonPathPrinter(options),
  'jsonpath-as-json': async (options) =>
    (await import('./templates.ts')).jsonPathAsJsonPrinter(options),
  'jsonpath-file': async (options) =>
    (await import('./templates.ts')).jsonPathPrinter(fromFile(options)),
} satisfies Record<string, Load>

function fromFile(options: PrinterOptions): PrinterOptions {
  return { ...options, isFile: true }
}

/** Formats of every command that prints objects. */
export const standardFormats = Object.keys(loaders) as readonly OutputFormat[]

const templated = /^(?:go-template(?:-file)?|template(?:file)?|jsonpath(?:-as-json|-file)?)$/

/** `jsonpath={.x}` in two parts. */
export function splitOutput(output: string): readonly [format: string, argument: string] {
  const equals = output.indexOf('=')
  if (equals < 0) return [output, '']
  const format = output.slice(0, equals)
  return templated.test(format) || format.startsWith('custom-columns')
    ? [format, output.slice(equals + 1)]
    : [output, '']
}

/**
 * The printer of `-o`, or undefined when there is none. `more` names formats that the command itself prints.
 * Throws CommandError with the formats there are.
 */
export async function printerOf(
  call: Call,
  more: readonly string[] = [],
): Promise<Printer | undefined> {
  const { flags } = call
  const output = flags.string('output')
  const template = flags.has('template') ? flags.string('template') : ''
  if (output === '' && template === '') return undefined
  const [format, own] = output === '' ? ['go-template', ''] : splitOutput(output)
  if (more.includes(format)) return undefined
  const load = (loaders as Readonly<Record<string, Load>>)[format]
  if (load === undefined) throw unknownFormat(output, more)
  const argument = own === '' ? template : own
  if (templated.test(format) && argument === '') {
    throw new CommandError('template format specified but no template given')
  }
  return await load({
    argument,
    allowMissingKeys:
      !flags.has('allow-missing-template-keys') || flags.bool('allow-missing-template-keys'),
    showManagedFields: flags.has('show-managed-fields') && flags.bool('show-managed-fields'),
  })
}

function unknownFormat(output: string, more: readonly string[]): CommandError {
  const allowed = [...standardFormats, ...more].sort()
  return new CommandError(
    `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${allowed.join(',')}`,
  )
}

/** `kubectl get`. Upstream: kubectl pkg/cmd/get/get.go. */
import { bool, string, strings } from '#kubectl/command-line/flag.ts'
import {
  allNamespacesFlag,
  chunkSizeFlag,
  fieldSelectorFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
  subresourceFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { select } from '#kubectl/objects/selection.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import { printerOf, splitOutput } from '#kubectl/printers/printer.ts'

const formats =
  'json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide'

export const command: Command = {
  use: `get [(-o|--output=)${formats.replaceAll(', ', '|')}] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]`,
  about: `Display one or many resources.

 Prints a table of what is most worth knowing; -o prints whole objects or parts of them. Of a type that
 namespaces have, the current namespace is shown, unless -A or -n says otherwise.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: [
    ['List the pods of the current namespace', 'kubectl get pods'],
    ['List them with more columns', 'kubectl get pods -o wide'],
    ['Show one object as YAML', 'kubectl get deployment web -o yaml'],
    ['Print one field', "kubectl get pod web-1 -o jsonpath='{.status.phase}'"],
    ['List several types', 'kubectl get services,deployments -A'],
    ['Go on to show changes', 'kubectl get pods -w'],
  ],
  flags: [
    ...printFlags.map((flag) =>
      flag.name === 'output' ? { ...flag, usage: `Output format. One of: (${formats}).` } : flag,
    ),
    ...filenameFlags('to get'),
    allNamespacesFlag,
    chunkSizeFlag,
    fieldSelectorFlag,
    selectorFlag,
    subresourceFlag,
    bool('ignore-not-found', 'Do not fail for objects that do not exist.'),
    strings('label-columns', 'Labels that become columns, separated by commas.', { short: 'L' }),
    bool('no-headers', 'Print no headers.'),
    bool('output-watch-events', 'With -w: a column, or an object around, that says what happened.'),
    string('raw', 'Path to ask the server for, as it is.'),
    bool('server-print', 'Let the server make the table.', { default: true }),
    bool('show-kind', 'Write the type before the name.'),
    bool('show-labels', 'Show all labels as the last column.'),
    string('sort-by', "Sort by this field, a JSONPath expression such as '{.metadata.name}'."),
    bool('watch', 'Go on to show changes.', { short: 'w' }),
    bool('watch-only', 'Show changes, but not what is there already.'),
  ],
  run,
}

const tableFormats = ['', 'wide']
const ownFormats = ['wide', 'custom-columns', 'custom-columns-file']

async function run(call: Call): Promise<void> {
  const { flags } = call
  validate(call)
  if (flags.string('raw') !== '') return await raw(call)
  // Before the server is asked, so that a wrong format is told at once.
  const printer = await printerOf(call, ownFormats)
  const selection = await selected(call)
  if (flags.bool('watch') || flags.bool('watch-only')) {
    const { watch } = await import('#kubectl/get/watch.ts')
    return await watch(call, selection, printer)
  }
  if (printer !== undefined) {
    const { printGeneric } = await import('#kubectl/get/generic.ts')
    return await printGeneric(call, selection, printer)
  }
  const [format, argument] = splitOutput(flags.string('output'))
  if (!tableFormats.includes(format)) {
    const { customColumnsPrinter } = await import('#kubectl/get/custom-columns.ts')
    const { printObjects } = await import('#kubectl/get/objects.ts')
    return await printObjects(call, selection, customColumnsPrinter({ format, argument }, call))
  }
  const { printTables } = await import('#kubectl/get/tables.ts')
  await printTables(call, selection)
}

async function selected(call: Call): Promise<Selection> {
  const { flags, args } = call
  return await select(call, {
    args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    fieldSelector: flags.string('field-selector'),
    allNamespaces: flags.bool('all-namespaces'),
    typeAloneMeansAll: true,
    subresource: flags.string('subresource'),
    chunkSize: flags.int('chunk-size'),
  })
}

function validate({ flags, args, io }: Call): void {
  const watching = flags.bool('watch') || flags.bool('watch-only')
  if (flags.string('raw') !== '') {
    if (args.length > 0 || watching || flags.strings('filename').length > 0) {
      throw new CommandError('arguments may not be passed when --raw is specified')
    }
    return
  }
  const { length } = args
  if (length === 0 && flags.strings('filename').length === 0 && flags.string('kustomize') === '') {
    io.stderr(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
    )
    throw new UsageError(
      'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
    )
  }
  const output = flags.string('output')
  if (flags.bool('show-labels') && output !== '' && output !== 'wide') {
    throw new CommandError(`--show-labels option cannot be used with ${output} printer`)
  }
  if (flags.bool('output-watch-events') && !watching) {
    throw new CommandError(
      '--output-watch-events option can only be used with --watch or --watch-only',
    )
  }
}

/** The answer to a path, as it is. */
async function raw(call: Call): Promise<void> {
  const rest = await call.factory.rest()
  const answer = await rest.stream({
    path: call.flags.string('raw'),
    headers: { Accept: 'application/json, */*' },
  })
  for await (const chunk of answer.body) call.io.stdout(chunk)
}

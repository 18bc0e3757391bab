/** `kubectl describe`. Upstream: kubectl pkg/cmd/describe/describe.go. */
import { isStatus } from '#api/meta/status.ts'
import { bool } from '#kubectl/command-line/flag.ts'
import {
  allNamespacesFlag,
  chunkSizeFlag,
  filenameFlags,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { describerOf } from '#kubectl/describe/describers.ts'
import { serverReader } from '#kubectl/describe/reader.ts'
import { CommandError, throwAll } from '#kubectl/errors.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'

export const command: Command = {
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  about: `Show details of a specific resource or group of resources.

 Tells of the selected objects and of what belongs to them, such as events and controllers. A name that no
 object has stands for all names that begin with it.

Use "kubectl api-resources" for a complete list of supported resources.`,
  examples: [
    ['Describe a node', 'kubectl describe node node-1'],
    ['Describe a pod', 'kubectl describe pods/web-1'],
    ['Describe what a file holds', 'kubectl describe -f pod.json'],
    ['Describe all pods with a label', 'kubectl describe pods -l app=web'],
    ['Describe all pods whose names begin with web', 'kubectl describe pods web'],
  ],
  flags: [
    ...filenameFlags('to describe'),
    selectorFlag,
    allNamespacesFlag,
    chunkSizeFlag,
    bool('show-events', 'Show events; without the flag only those of a single object.', {
      default: true,
    }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  validate(call)
  const selection = await selected(call, args)
  const { infos, errors } = await fetchInfos(call, selection, { latest: true })
  const [first] = errors
  const isOne = errors.length === 0 && infos.length <= 1
  const showEvents = flags.given('show-events') ? flags.bool('show-events') : isOne
  if (errors.length === 1 && isStatus(first, 'NotFound') && args.length === 2) {
    return await describeMatching(call, showEvents, first)
  }
  const failures = await describeAll(call, infos, showEvents)
  if (infos.length === 0 && errors.length + failures.length === 0) await sayNothingFound(call)
  throwAll([...errors, ...failures])
}

function validate({ flags, args }: Call): void {
  const isEmpty = flags.strings('filename').length === 0 && flags.string('kustomize') === ''
  if (args.length > 0 || !isEmpty) return
  throw new CommandError(
    'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n',
  )
}

async function selected(call: Call, args: readonly string[]) {
  const { flags } = call
  return await select(call, {
    args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    allNamespaces: flags.bool('all-namespaces'),
    typeAloneMeansAll: true,
    chunkSize: flags.int('chunk-size'),
  })
}

/** Goes on after a failure; the same failure is told once. */
async function describeAll(
  call: Call,
  infos: readonly Info[],
  showEvents: boolean,
): Promise<readonly unknown[]> {
  const failures = new Map<string, unknown>()
  let isFirst = true
  for (const info of infos) {
    try {
      const text = await describe(call, info, showEvents)
      call.io.stdout(isFirst ? text : `\n\n${text}`)
      isFirst = false
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (!failures.has(message)) failures.set(message, error)
    }
  }
  return [...failures.values()]
}

async function describe(call: Call, info: Info, showEvents: boolean): Promise<string> {
  const describer = await describerOf(info.mapping)
  const reader = serverReader(await call.factory.rest(), call.flags.int('chunk-size'))
  return await describer.describe({ info, reader, showEvents, nowMs: call.io.clock.nowMs() })
}

/** Every object of the type whose name begins with the one that there is not. */
async function describeMatching(call: Call, showEvents: boolean, failure: unknown): Promise<void> {
  const [type = '', prefix = ''] = call.args
  const selection = await select(call, {
    args: [type],
    typeAloneMeansAll: true,
    singleType: true,
    chunkSize: call.flags.int('chunk-size'),
  })
  const { infos, errors } = await fetchInfos(call, selection)
  if (errors.length > 0) throw errors[0]
  const matching = infos.filter(({ name }) => name.startsWith(prefix))
  if (matching.length === 0) throw failure
  for (const info of matching) call.io.stdout(`${await describe(call, info, showEvents)}\n`)
}

async function sayNothingFound(call: Call): Promise<void> {
  const { namespace } = await call.factory.namespace()
  call.io.stderr(
    call.flags.bool('all-namespaces')
      ? 'No resources found\n'
      : `No resources found in ${namespace} namespace.\n`,
  )
}

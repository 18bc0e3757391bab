/** `kubectl set selector`. Upstream: kubectl pkg/cmd/set/set_selector.go. */
import { bool, string } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  plainFilenameFlags,
  printFlags,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwFailures } from '#kubectl/errors.ts'
import { labelSelectorOf } from '#kubectl/generators/selector.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { typed } from '#kubectl/objects/typed.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { patchOf, selectSettable, settingOf } from '#kubectl/set/change.ts'
import type { Setting } from '#kubectl/set/change.ts'

export const command: Command = {
  use: 'set selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  about: `Set the selector on a resource. It takes the place of the one that the resource had.

 Only services can be given one.`,
  examples: [['Of a service', "kubectl set selector service web 'environment=qa'"]],
  flags: [
    ...printFlags,
    ...plainFilenameFlags('to change', true),
    dryRunFlag,
    fieldManagerFlag('kubectl-set'),
    bool('all', 'All objects of the types in the namespace.'),
    bool('local', 'Change what the files describe; ask no server.'),
    string('resource-version', 'Only change this version of the one object.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const setting = await settingOf(call, 'selector updated')
  const text = call.args.at(-1)
  const selector = text === undefined ? undefined : labelSelectorOf(text)
  if (selector === undefined) throw new CommandError('one selector is required')
  const selection = await selectSettable(call, call.args.slice(0, -1), {})
  const { infos, errors } = await fetchInfos(call, selection, {
    latest: !call.flags.bool('local'),
  })
  const failures = [...errors]
  for (const info of infos) {
    try {
      await changeOne(call, info, { setting, selector })
    } catch (error) {
      failures.push(error)
    }
  }
  throwFailures(failures)
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { key: string; operator: string; values?: string[] }[]
}

async function changeOne(
  call: Call,
  info: Info,
  { setting, selector }: { readonly setting: Setting; readonly selector: Selector },
): Promise<void> {
  const { flags, io } = call
  const { dryRun, printer } = setting
  const version = flags.string('resource-version')
  const before = withVersion(typed(info.object), version === '' ? undefined : '')
  const after = typed(selected(withVersion(before, version === '' ? undefined : version), selector))
  if (flags.bool('local') || dryRun === 'client') return io.stdout(printer.print(after, 'given'))
  const patch = patchOf(before, after)
  const options = { dryRun, fieldManager: flags.string('field-manager') }
  const object = await patchObject(call, info, { type: 'strategic', patch }, options)
  io.stdout(printer.print(typed(object), 'given'))
}

function withVersion(object: KubeObject, resourceVersion: string | undefined): KubeObject {
  if (resourceVersion === undefined) return object
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}

function selected(object: KubeObject, selector: Selector): KubeObject {
  if (object.apiVersion !== 'v1' || object.kind !== 'Service') {
    throw new CommandError('setting a selector is only supported for Services')
  }
  const { matchExpressions = [], matchLabels = {} } = selector
  if (matchExpressions.length > 0) {
    const texts = matchExpressions.map(
      ({ key, operator, values = [] }) => `{${key} ${operator} [${values.join(' ')}]}`,
    )
    throw new CommandError(`match expression [${texts.join(' ')}] not supported on this object`)
  }
  return { ...object, spec: { ...(object['spec'] as object), selector: matchLabels } }
}

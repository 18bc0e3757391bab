/** `kubectl taint`. Upstream: kubectl pkg/cmd/taint/{taint,utils}.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { validateLabelValue, validateQualifiedName } from '#api/meta/names.ts'
import { bool } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  printFlags,
  selectorFlag,
  validateFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { AggregateFailure, CommandError, PlainError, UsageError } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  about: `Update the taints on one or more nodes.

 KEY=VALUE:EFFECT sets a taint, KEY:EFFECT- takes it away, KEY- takes all with this key away. The effect must be
 NoSchedule, PreferNoSchedule or NoExecute.`,
  examples: [
    ['Set a taint', 'kubectl taint nodes node-1 dedicated=special-user:NoSchedule'],
    ['Take it away', 'kubectl taint nodes node-1 dedicated:NoSchedule-'],
  ],
  flags: [
    ...printFlags,
    dryRunFlag,
    fieldManagerFlag('kubectl-taint'),
    selectorFlag,
    validateFlag,
    bool('all', 'All nodes.'),
    bool('overwrite', 'Overwrite taints that are there.'),
  ],
  run,
}

interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
  readonly timeAdded?: string
}

interface Changes {
  readonly add: readonly Taint[]
  /** An empty effect means every effect. */
  readonly remove: readonly Taint[]
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  const dryRun = await dryRunOf(call)
  const first = args.findIndex((word) => /[=:]|-$/.test(word))
  const at = first < 0 ? args.length : first
  const [type = '', ...names] = args.slice(0, at)
  const changes = changesOf(args.slice(at))
  await requireNodes(call, type)
  if (changes.add.length + changes.remove.length === 0) {
    throw new CommandError('at least one taint update is required')
  }
  const selection = await select(call, {
    args: [type, ...names],
    selector: flags.string('selector'),
    typeAloneMeansAll: flags.bool('all'),
  })
  const { infos, errors } = await fetchInfos(call, selection)
  const failures = [...errors]
  for (const info of infos) {
    try {
      const { taints, outcome } = changed(info, changes, flags.bool('overwrite'))
      const object = withTaints(info.object, taints)
      const printer = await resultPrinter(call, outcome)
      const patch = goJson({ spec: { taints: taints.length === 0 ? null : taints } })
      const options = { dryRun, fieldManager: flags.string('field-manager') }
      const result =
        dryRun === 'client'
          ? object
          : await patchObject(call, info, { type: 'merge', patch }, options)
      call.io.stdout(printer.print(result))
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateFailure(failures)
}

async function requireNodes({ factory }: Call, type: string): Promise<void> {
  if (type === '') {
    throw new CommandError('one or more resources must be specified as <resource> <name>')
  }
  const mapper = await factory.mapper()
  const { kind } = await mapper.mappingFor(type).catch((error: unknown) => {
    throw error instanceof CommandError ? new PlainError(error.message) : error
  })
  if (kind !== 'Node') {
    throw new CommandError(`invalid resource type ${type}, only node types are supported`)
  }
}

function changesOf(words: readonly string[]): Changes {
  const add: Taint[] = []
  const remove: Taint[] = []
  for (const word of words) {
    const isRemoval = word.endsWith('-')
    const taint = taintOf(isRemoval ? word.slice(0, -1) : word, isRemoval)
    if (isRemoval) remove.push(taint)
    else add.push(taint)
  }
  return { add, remove }
}

function taintOf(text: string, isRemoval: boolean): Taint {
  const invalid = (): UsageError => new UsageError(`invalid taint spec: ${text}`)
  const [head = '', effect, more] = text.split(':')
  if (more !== undefined) throw invalid()
  if (effect !== undefined && effect !== '' && !effects.includes(effect)) {
    throw new UsageError(`invalid taint effect: ${effect}, unsupported taint effect`)
  }
  const [key = '', value, third] = effect === undefined && !isRemoval ? [text] : head.split('=')
  if (third !== undefined) throw invalid()
  const [problem] = validateQualifiedName(key)
  if (problem !== undefined) throw new UsageError(`invalid taint spec: ${text}, ${problem}`)
  const [wrong] = value === undefined ? [] : validateLabelValue(value)
  if (wrong !== undefined) throw new UsageError(`invalid taint spec: ${text}, ${wrong}`)
  return { key, effect: effect ?? '', ...(value !== undefined && value !== '' && { value }) }
}

interface Node extends KubeObject {
  spec?: { taints?: readonly Taint[] }
}

function changed(
  { object, name }: Info,
  { add, remove }: Changes,
  overwrite: boolean,
): { readonly taints: readonly Taint[]; readonly outcome: string } {
  const before = (object as Node).spec?.taints ?? []
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect
  const taken = add.filter((taint) => before.some((one) => same(one, taint)))
  if (taken.length > 0 && !overwrite) {
    throw new CommandError(
      `node ${name} already has ${taken.map(({ key }) => key).join(', ')} taint(s) with same effect(s) and --overwrite is false`,
    )
  }
  const kept = before.filter((one) => !add.some((taint) => same(one, taint)))
  const missing: string[] = []
  let taints: readonly Taint[] = [...add, ...kept]
  for (const { key, effect } of remove) {
    const left = taints.filter((one) => one.key !== key || (effect !== '' && one.effect !== effect))
    if (left.length === taints.length) {
      missing.push(`taint ${JSON.stringify(effect === '' ? key : `${key}:${effect}`)} not found`)
    }
    taints = left
  }
  if (missing.length > 0) throw new CommandError(missing.join('\n'))
  const outcome =
    taken.length > 0 || (add.length > 0 && remove.length > 0)
      ? 'modified'
      : add.length > 0
        ? 'tainted'
        : 'untainted'
  return { taints, outcome }
}

function withTaints(object: KubeObject, taints: readonly Taint[]): KubeObject {
  const { taints: _before, ...spec } = (object['spec'] ?? {}) as Record<string, unknown>
  return { ...object, spec: taints.length === 0 ? spec : { ...spec, taints } }
}

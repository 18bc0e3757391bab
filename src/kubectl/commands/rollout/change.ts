/**
 * `kubectl rollout pause`, `resume`, `restart`. Upstream: kubectl pkg/cmd/rollout/rollout_{pause,resume,
 * restart}.go, pkg/polymorphichelpers/object{pauser,resumer,restarter}.go.
 */
import { goJson } from '#api/meta/go-quote.ts'
import { timestamp } from '#base/clock.ts'
import {
  fieldManagerFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { AggregateFailure, CommandError } from '#kubectl/errors.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { patchObject } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

interface Change {
  readonly name: string
  /** What is said of an object. */
  readonly done: string
  /** The patch for an object, undefined when it changes nothing; throws CommandError when it may not be. */
  patch(info: Info, nowMs: number): object | undefined
}

interface Spec {
  readonly paused?: boolean
  readonly template?: {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> }
  }
}

const restartAnnotation = 'kubectl.kubernetes.io/restartedAt'

function spec({ object }: Info): Spec {
  return (object['spec'] ?? {}) as Spec
}

const pausing: Change = {
  name: 'pause',
  done: 'paused',
  patch(info) {
    requireKind(info, ['Deployment'], 'pausing')
    if (spec(info).paused === true) throw new CommandError('is already paused')
    return { spec: { paused: true } }
  },
}

const resuming: Change = {
  name: 'resume',
  done: 'resumed',
  patch(info) {
    requireKind(info, ['Deployment'], 'resuming')
    if (spec(info).paused !== true) throw new CommandError('is not paused')
    return { spec: { paused: null } }
  },
}

const restarting: Change = {
  name: 'restart',
  done: 'restarted',
  patch(info, nowMs) {
    requireKind(info, ['Deployment', 'DaemonSet', 'StatefulSet'], 'restarting')
    if (spec(info).paused === true) {
      throw new CommandError("can't restart paused deployment (run rollout resume first)")
    }
    const restartedAt = timestamp(nowMs)
    if (spec(info).template?.metadata?.annotations?.[restartAnnotation] === restartedAt) {
      return undefined
    }
    const annotations = { [restartAnnotation]: restartedAt }
    return { spec: { template: { metadata: { annotations } } } }
  },
}

function requireKind({ mapping }: Info, kinds: readonly string[], doing: string): void {
  if (mapping.group === 'apps' && kinds.includes(mapping.kind)) return
  throw new CommandError(`${doing} is not supported`)
}

export const pause = changing(pausing, 'Mark the provided resource as paused.')
export const resume = changing(resuming, 'Resume a paused resource.')
export const restart = changing(
  restarting,
  'Restart a resource: its pods are replaced by new ones.',
)

function changing(change: Change, about: string): Command {
  return {
    use: `rollout ${change.name} RESOURCE`,
    about,
    examples: [[`For a deployment`, `kubectl rollout ${change.name} deployment/web`]],
    flags: [
      ...printFlags,
      ...filenameFlags(`to ${change.name}`),
      fieldManagerFlag('kubectl-rollout'),
      selectorFlag,
    ],
    run: (call) => changeAll(call, change),
  }
}

async function changeAll(call: Call, change: Change): Promise<void> {
  const { flags, args, io } = call
  if (
    args.length === 0 &&
    flags.strings('filename').length === 0 &&
    flags.string('kustomize') === ''
  ) {
    throw new CommandError(`required resource not specified`)
  }
  const selection = await select(call, {
    args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    typeAloneMeansAll: true,
  })
  const { infos, errors } = await fetchInfos(call, selection, { latest: true })
  const printer = await resultPrinter(call, change.done)
  const failures = [...errors]
  for (const info of infos) {
    try {
      const changes = change.patch(info, io.clock.nowMs())
      if (changes === undefined) {
        failures.push(new CommandError(tooSoon(info.name)))
        continue
      }
      const patch = goJson(changes)
      const options = { fieldManager: flags.string('field-manager') }
      io.stdout(printer.print(await patchObject(call, info, { type: 'strategic', patch }, options)))
    } catch (error) {
      failures.push(error instanceof CommandError ? about(info, error) : error)
    }
  }
  if (infos.length === 0 && failures.length === 0) {
    const { namespace } = await call.factory.namespace()
    io.stderr(`No resources found in ${namespace} namespace.\n`)
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateFailure(failures)
}

function tooSoon(name: string): string {
  return `failed to create patch for ${name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`
}

function about({ mapping, name }: Info, { message }: CommandError): CommandError {
  const resource = mapping.group === '' ? mapping.resource : `${mapping.resource}.${mapping.group}`
  const subject = `${resource} ${JSON.stringify(name)}`
  return new CommandError(`${subject} ${message}`)
}

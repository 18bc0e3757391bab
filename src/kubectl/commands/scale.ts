/** `kubectl scale`. Upstream: kubectl pkg/cmd/scale/scale.go, pkg/scale/scale.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { bool, duration, int, string } from '#kubectl/command-line/flag.ts'
import {
  dryRunFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { AggregateFailure, CommandError } from '#kubectl/errors.ts'
import { dryRunOf } from '#kubectl/objects/dry-run.ts'
import { fetchInfos, getObject } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { patchObject, replaceObject } from '#kubectl/objects/write.ts'
import type { WriteOptions } from '#kubectl/objects/write.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'

export const command: Command = {
  use: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  about: `Set a new size for a deployment, replica set, replication controller, or stateful set.

 With --current-replicas or --resource-version it is only scaled when that is still so.`,
  examples: [
    ['Scale a replica set', 'kubectl scale --replicas=3 rs/foo'],
    [
      'Only if it has two replicas',
      'kubectl scale --current-replicas=2 --replicas=3 deployment/web',
    ],
  ],
  flags: [
    ...printFlags,
    ...filenameFlags('to set a new size'),
    dryRunFlag,
    selectorFlag,
    bool('all', 'All objects of the types in the namespace.'),
    int('current-replicas', 'The size that it must have now; -1: any.', { default: -1 }),
    int('replicas', 'The new size.', { required: true }),
    string('resource-version', 'The version that it must have now.'),
    duration('timeout', 'How long to wait for the new size; 0: not at all.'),
  ],
  run,
}

interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly replicas?: number }
}

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  const replicas = flags.int('replicas')
  if (replicas < 0) {
    throw new CommandError(
      `The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0`,
    )
  }
  if (flags.int('current-replicas') < -1) {
    throw new CommandError('The --current-replicas must specify an integer of -1 or greater')
  }
  const dryRun = await dryRunOf(call)
  const printer = await resultPrinter(call, 'scaled', dryRun)
  const selection = await select(call, {
    args: call.args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    typeAloneMeansAll: flags.bool('all'),
  })
  const { infos, errors } = await fetchInfos(call, selection, { latest: true })
  const precondition = flags.int('current-replicas') >= 0 || flags.string('resource-version') !== ''
  if (precondition && infos.length > 1) {
    throw new CommandError('cannot use --resource-version with multiple resources')
  }
  const failures = [...errors]
  for (const info of infos) {
    try {
      if (dryRun !== 'client') await scaleOne(call, info, { replicas, dryRun })
      io.stdout(printer.print(info.object))
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateFailure(failures)
  if (infos.length === 0) throw new CommandError('no objects passed to scale')
}

async function scaleOne(
  call: Call,
  info: Info,
  { replicas, dryRun }: WriteOptions & { readonly replicas: number },
): Promise<void> {
  const { flags } = call
  const options = { subresource: 'scale', ...(dryRun !== undefined && { dryRun }) }
  const current = flags.int('current-replicas')
  const version = flags.string('resource-version')
  if (current >= 0 || version !== '') {
    const scale = await getObject<Scale>(await call.factory.rest(), info, { subresource: 'scale' })
    const actual = scale.spec?.replicas ?? 0
    if (current >= 0 && actual !== current) {
      throw new CommandError(`Expected replicas to be ${current}, was ${actual}`)
    }
    const actualVersion = scale.metadata?.resourceVersion ?? ''
    if (version !== '' && actualVersion !== version) {
      throw new CommandError(`Expected resource version to be ${version}, was ${actualVersion}`)
    }
    await replaceObject(call, info, { ...scale, spec: { replicas } }, options)
  } else {
    const patch = goJson({ spec: { replicas } })
    await patchObject(call, info, { type: 'merge', patch }, options)
  }
  const waitMs = flags.durationMs('timeout')
  if (waitMs > 0 && dryRun === 'none') await waitForSize(call, info, { replicas, waitMs })
}

const pollMs = 100

async function waitForSize(
  call: Call,
  info: Info,
  { replicas, waitMs }: { readonly replicas: number; readonly waitMs: number },
): Promise<void> {
  const { clock, signal } = call.io
  const rest = await call.factory.rest()
  const deadlineMs = clock.monotonicMs() + waitMs
  for (;;) {
    const scale = await getObject<Scale>(rest, info, { subresource: 'scale' })
    if (scale.status?.replicas === replicas || scale.spec?.replicas !== replicas) return
    if (clock.monotonicMs() > deadlineMs) {
      throw new CommandError('timed out waiting for the condition')
    }
    await clock.sleep(pollMs, signal)
  }
}

/** `kubectl wait`. Upstream: kubectl pkg/cmd/wait/wait.go. */
import { isStatus } from '#api/meta/status.ts'
import { decodeWatch } from '#client/watch-decoder.ts'
import { array, bool, duration } from '#kubectl/command-line/flag.ts'
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  plainFilenameFlags,
  printFlags,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { AggregateFailure, CommandError } from '#kubectl/errors.ts'
import { fetchInfos, getObject } from '#kubectl/objects/fetch.ts'
import { collectionPath } from '#kubectl/objects/info.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import { resultPrinter } from '#kubectl/printers/result.ts'
import { qualifiedKind } from '#kubectl/printers/name.ts'
import { parseCondition } from '#kubectl/wait/condition.ts'
import type { Condition } from '#kubectl/wait/condition.ts'

export const command: Command = {
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  about: `Wait for a specific condition on one or many resources.

 Objects are watched until the condition is seen in each, or the time is over.`,
  examples: [
    ['Until a pod is ready', 'kubectl wait --for=condition=Ready pod/web-1'],
    ['Until a pod is gone', 'kubectl wait --for=delete pod/web-1 --timeout=60s'],
    [
      'Until a field has a value',
      "kubectl wait --for=jsonpath='{.status.phase}'=Running pod/web-1",
    ],
  ],
  flags: [
    ...printFlags,
    ...plainFilenameFlags('to wait for', true),
    allNamespacesFlag,
    fieldSelectorFlag,
    selectorFlag,
    bool('all', 'All objects of the types in the namespace.'),
    array('for', "[create|delete|condition=NAME[=VALUE]|jsonpath='{PATH}'[=VALUE]]"),
    bool('local', 'Look at what the files describe; ask no server.'),
    duration('timeout', 'How long to wait; 0: check once; negative: a week.', { default: '30s' }),
  ],
  run,
}

const weekMs = 7 * 24 * 60 * 60 * 1000
const creationPollMs = 500

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  const condition = parseCondition(flags.strings('for'))
  const printer = await resultPrinter(call, 'condition met')
  const flagMs = flags.durationMs('timeout')
  const timeoutMs = flagMs < 0 ? weekMs : flagMs
  const deadline = new AbortController()
  using _timer = io.clock.after(timeoutMs, () => deadline.abort())
  const infos = await found(call, condition, {
    select: () => selected(call),
    deadline: deadline.signal,
    timeoutMs,
  })
  const errors: unknown[] = []
  for (const info of infos) {
    try {
      const object = await waitFor(call, info, { condition, deadline: deadline.signal, timeoutMs })
      io.stdout(printer.print(object ?? info.object))
    } catch (error) {
      errors.push(error)
    }
  }
  if (infos.length === 0 && condition.type !== 'delete') {
    throw new CommandError('no matching resources found')
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateFailure(errors)
}

async function selected(call: Call): Promise<Selection> {
  const { flags, args } = call
  return await select(call, {
    args,
    filenames: flags.strings('filename'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    fieldSelector: flags.string('field-selector'),
    typeAloneMeansAll: flags.bool('all'),
    allNamespaces: flags.bool('all-namespaces'),
    local: flags.bool('local'),
  })
}

interface Finding {
  readonly select: () => Promise<Selection>
  readonly deadline: AbortSignal
  readonly timeoutMs: number
}

/** What is there; for `create`, as soon as it is, and for `delete` what is gone is well. */
async function found(
  call: Call,
  condition: Condition,
  { select: again, deadline, timeoutMs }: Finding,
): Promise<readonly Info[]> {
  const latest = !call.flags.bool('local')
  for (;;) {
    const { infos, errors } = await fetchInfos(call, await again(), { latest })
    const missing = errors.filter((error) => isStatus(error, 'NotFound'))
    if (condition.type === 'delete' && missing.length === errors.length) return infos
    const retry =
      condition.type === 'create' &&
      missing.length === errors.length &&
      call.flags.strings('filename').length === 0
    if (errors.length === 0 && (infos.length > 0 || !retry)) return infos
    if (!retry) {
      if (errors.length === 1) throw errors[0]
      throw new AggregateFailure(errors)
    }
    if (deadline.aborted || timeoutMs === 0) {
      throw new CommandError('timed out waiting for the condition')
    }
    await call.io.clock.sleep(creationPollMs, deadline)
  }
}

interface Waiting {
  readonly condition: Condition
  readonly deadline: AbortSignal
  readonly timeoutMs: number
}

/** The object as it was when the condition was met. Rejects when the time is over. */
async function waitFor(
  call: Call,
  info: Info,
  { condition, deadline, timeoutMs }: Waiting,
): Promise<KubeObject | undefined> {
  if (condition.type === 'create') return info.object
  const isMet = condition.type === 'met' ? condition.isMet : (): boolean => false
  let object = info.object
  for (;;) {
    if (isMet(object)) return object
    if (timeoutMs === 0 || call.flags.bool('local')) {
      throw new CommandError(`condition not met for ${nameOf(info)}`)
    }
    const outcome = await watchOnce(call, info, { object, isMet, deadline })
    if (outcome === 'deleted') {
      if (condition.type === 'delete') return undefined
    } else if (outcome !== undefined) return outcome
    if (deadline.aborted) {
      throw new CommandError(`timed out waiting for the condition on ${nameOf(info)}`)
    }
    try {
      object = await getObject(await call.factory.rest(), info)
    } catch (error) {
      if (condition.type === 'delete' && isStatus(error, 'NotFound')) return undefined
      throw error
    }
  }
}

function nameOf({ mapping, name }: Info): string {
  return `${qualifiedKind(mapping.resource, '')}/${name}`
}

interface Watching {
  readonly object: KubeObject
  readonly isMet: (object: KubeObject) => boolean
  readonly deadline: AbortSignal
}

/** Until the condition is met, the object is deleted, or the watch ends (undefined). */
async function watchOnce(
  call: Call,
  info: Info,
  { object, isMet, deadline }: Watching,
): Promise<KubeObject | 'deleted' | undefined> {
  const rest = await call.factory.rest()
  const { body } = await rest.stream({
    path: collectionPath(info.mapping, info.namespace),
    query: {
      watch: 'true',
      fieldSelector: `metadata.name=${info.name}`,
      resourceVersion: object.metadata?.resourceVersion ?? '',
    },
    signal: AbortSignal.any([deadline, call.io.signal]),
  })
  try {
    for await (const event of decodeWatch(body)) {
      if (event.type === 'DELETED') return 'deleted'
      if (isMet(event.object as KubeObject)) return event.object as KubeObject
    }
    return undefined
  } catch (error) {
    if (deadline.aborted) return undefined
    throw error
  }
}
